//go:build peers

package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"

	"fieldseal/internal/rig"
)

// layTiles puts a map beside a notary that stands still, as an operator does: a PMTiles
// file with one tile of the world, all land; packed, as the usual tools write it, or not.
// A torn one breaks off behind its header, or within its tile.
func layTiles(r *rig.Rig, packed bool, torn string) error {
	path := filepath.Join(r.Dir, "district.pmtiles")
	file := worldOfLand(packed)
	switch torn {
	case "head":
		file = file[:200]
	case "tile":
		file = file[:len(file)-12]
	}
	if err := os.WriteFile(path, file, 0o644); err != nil {
		return err
	}
	settings := filepath.Join(r.NotaryDir(), "notary.yaml")
	text, err := os.ReadFile(settings)
	if err != nil || bytes.Contains(text, []byte("tiles:")) {
		return err
	}
	return os.WriteFile(settings, append(text, "page:\n  tiles: "+path+"\n"...), 0o644)
}

// worldOfLand is a PMTiles archive by its specification, version 3: header, directory
// of one entry, metadata, and the one tile of zoom 0, all in gzip or nothing compressed.
func worldOfLand(packed bool) []byte {
	compression, pack := byte(1), func(b []byte) []byte { return b }
	if packed {
		compression, pack = 2, gzipped
	}
	tile := pack(landTile())
	directory := []byte{1, 0, 1} // entries, first id, run
	directory = binary.AppendUvarint(directory, uint64(len(tile)))
	directory = append(directory, 1) // offset 0, and one
	directory = pack(directory)
	about := pack([]byte(`{"vector_layers":[{"id":"land","fields":{}}],"attribution":"示例地图 Example map"}`))
	const header = 127
	h := append([]byte("PMTiles"), 3)
	for _, n := range []int{header, len(directory), header + len(directory), len(about), 0, 0, header + len(directory) + len(about), len(tile), 1, 1, 1} {
		h = binary.LittleEndian.AppendUint64(h, uint64(n))
	}
	h = append(h, 1, compression, compression, 1, 0, 0) // clustered; compression within and of tiles; vector tiles; zooms
	for _, e7 := range []int32{-1800000000, -850511287, 1800000000, 850511287} {
		h = binary.LittleEndian.AppendUint32(h, uint32(e7))
	}
	h = append(h, 0)
	h = binary.LittleEndian.AppendUint64(h, 0) // centre
	return append(append(append(h, directory...), about...), tile...)
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(b)
	if err = errors.Join(err, z.Close()); err != nil {
		panic(err) // a buffer takes all
	}
	return out.Bytes()
}

// landTile is a vector tile, version 2.1, whose layer "land" is one polygon beyond its
// edges.
func landTile() []byte {
	field := func(b []byte, number, kind uint64) []byte { return binary.AppendUvarint(b, number<<3|kind) }
	inside := func(b []byte, number uint64, part []byte) []byte {
		return append(binary.AppendUvarint(field(b, number, 2), uint64(len(part))), part...)
	}
	var ring []byte
	zigzag := func(n int64) uint64 { return uint64(n<<1) ^ uint64(n>>63) }
	for _, n := range []uint64{1<<3 | 1, zigzag(-64), zigzag(-64), 3<<3 | 2, zigzag(4224), 0, 0, zigzag(4224), zigzag(-4224), 0, 1<<3 | 7} {
		ring = binary.AppendUvarint(ring, n)
	}
	polygon := inside(binary.AppendUvarint(field(nil, 3, 0), 3), 4, ring)
	layer := binary.AppendUvarint(field(nil, 15, 0), 2)
	layer = inside(inside(layer, 1, []byte("land")), 2, polygon)
	layer = binary.AppendUvarint(field(layer, 5, 0), 4096)
	return inside(nil, 3, layer)
}
