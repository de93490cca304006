package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"fieldseal/evidence/file"
)

// notEvidence tells a layman what lies before the verifier instead of an evidence file,
// and what to do about it. err says in English where reading it ended.
func notEvidence(text []byte, err error) (why, remedy Text) {
	var named struct {
		Format string `json:"format"`
	}
	known, _, _ := strings.Cut(file.Format, "/")
	kind := ""
	if json.Unmarshal(text, &named) == nil {
		kind, _, _ = strings.Cut(named.Format, "/")
	}
	choose := say("choose a file whose name ends in %s", "请选择文件名以 %s 结尾的文件", file.Extension)
	switch {
	case len(text) > file.MaxFile:
		return say("the file is above the limit of %d MiB", "文件超过 %d MiB 的上限", file.MaxFile>>20), say("export shorter ranges, as several files", "请缩短时段，分成多个证据包导出")
	case len(bytes.TrimSpace(text)) == 0:
		return say("it is not an evidence file: it is empty", "文件是空的"), say("fetch it again from where it came, or export it again from the notary", "请重新获取该文件，或从公证端重新导出")
	case bytes.TrimSpace(text)[0] != '{':
		return say("it is not an evidence file, but something else", "这不是证据包，而是其他文件"), choose
	case !json.Valid(text):
		return Text{fmt.Sprintf("the file is damaged or not whole (%v)", err), "文件已损坏或不完整"}, say("fetch it again from where it came, or export it again from the notary", "请重新获取该文件，或从公证端重新导出")
	case kind == "fieldseal-trust":
		return say("it is not an evidence file, but a trust file", "这是信任根文件，不是证据包"), choose
	case kind == known && named.Format != file.Format:
		return say("its format is %q, and this verifier knows %q", "其格式为 %q，本核验程序只识别 %q", named.Format, file.Format), say("use a newer verifier", "请使用更新的核验程序")
	case kind != known:
		return say("it is not an evidence file, but other JSON", "这不是证据包，而是其他 JSON 文件"), choose
	}
	return Text{err.Error(), "其内容不符合证据包的格式"}, remedyExport
}
