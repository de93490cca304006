package main

import (
	"fmt"
	"slices"

	"fieldseal/evidence/file"
)

// part is a stretch of bytes of an evidence file that a reader may spoil, to see
// which rung of the ladder falls.
type part struct {
	ID    string `json:"id"`
	Title words  `json:"title"`
	Size  int    `json:"size"` // bytes
	bytes []byte
}

// altered is a file with one bit changed.
type altered struct {
	Text   string `json:"text"`
	Offset int    `json:"offset"`
	From   byte   `json:"from"`
	To     byte   `json:"to"`
}

// spoilable lists the parts of a file in the order of its path: record, header,
// log, chain. They share the file's memory.
func spoilable(f *file.File) (out []part) {
	add := func(id, en, zh string, b []byte) {
		if len(b) > 0 {
			out = append(out, part{id, words{en, zh}, len(b), b})
		}
	}
	b := &f.Batches[0]
	for i := range f.Batches {
		if discloses(&f.Batches[i]) {
			b = &f.Batches[i]
			break
		}
	}
	var record []byte
	for i := range b.Records {
		if r := f.Claim.Reading; r == nil && b.Records[i].Leaf != 0 || r != nil && b.Records[i].Leaf == r.Leaf {
			record = b.Records[i].Raw
			break
		}
	}
	add("record", "the reading", "读数", record)
	add("header", "the sealed header", "封签的批次头", b.Header)
	for i := range f.Statements {
		if i == 0 {
			add("statement", "a statement about the gateway", "关于网关的声明", f.Statements[i].Body)
		}
	}
	if len(f.Nodes) > 0 {
		add("path", "a hash on the way to the log's root", "通往日志根的哈希", f.Nodes[0][:])
	}
	add("checkpoint", "the log's checkpoint", "存证日志的检查点", f.Heads[len(f.Heads)-1].Note)
	if len(f.Profiles) > 0 {
		add("profile", "the instrument's profile", "设备档案", f.Profiles[0])
	}
	if len(f.Trie) > 0 {
		add("chain", "the proof from the chain", "链上证明", f.Trie[len(f.Trie)-1])
	}
	if len(f.Blocks) > 0 {
		add("block", "a block of the chain", "链的区块", f.Blocks[0].Header)
	}
	return out
}

// discloses says whether a batch shows more than its list of contents: within a range
// many a batch shows only that it holds nothing of the point.
func discloses(b *file.Batch) bool {
	return slices.ContainsFunc(b.Records, func(r file.Record) bool { return r.Leaf != 0 })
}

func parts(text []byte) ([]part, error) {
	f, err := file.Parse(text)
	if err != nil {
		return nil, err
	}
	return spoilable(f), nil
}

// alter changes the lowest bit of one byte. The text that comes out is a file as
// strict as the one that went in, so that only the change itself is judged.
func alter(text []byte, id string, offset int) (*altered, error) {
	f, err := file.Parse(text)
	if err != nil {
		return nil, err
	}
	for _, p := range spoilable(f) {
		if p.ID != id {
			continue
		}
		if offset < 0 || offset >= p.Size {
			return nil, &refusal{fmt.Errorf("%s has %d bytes, there is no byte %d", p.Title.EN, p.Size, offset), fmt.Sprintf("%s共 %d 字节，没有第 %d 字节", p.Title.ZH, p.Size, offset)}
		}
		from := p.bytes[offset]
		p.bytes[offset] ^= 1
		out, err := file.Marshal(f)
		if err != nil {
			return nil, err
		}
		return &altered{string(out), offset, from, from ^ 1}, nil
	}
	return nil, fmt.Errorf("this file has no part %q to change", id)
}
