//go:build js && wasm

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall/js"
)

// serve offers the calls as globalThis.fieldseal and tells the page that they are
// there by calling globalThis.fieldsealReady. It stays for the page's life.
func serve() {
	js.Global().Set("fieldseal", map[string]any{
		"about":  call(func(input) (any, error) { return describeSelf(), nil }),
		"verify": call(func(in input) (any, error) { return judge(in.bytes(0), in.settings(2), in.each(1)...), nil }),
		"trust":  call(func(in input) (any, error) { return describe(in.each(0)) }),
		"parts":  call(func(in input) (any, error) { return parts(in.bytes(0)) }),
		"break":  call(func(in input) (any, error) { return alter(in.bytes(0), in.text(1), in.number(2)) }),
	})
	if ready := js.Global().Get("fieldsealReady"); ready.Type() == js.TypeFunction {
		ready.Invoke()
	}
	select {}
}

// input is the arguments of a call.
type input []js.Value

func (in input) at(i int) js.Value {
	if i < len(in) {
		return in[i]
	}
	return js.Undefined()
}

// bytes copies a Uint8Array; nil for anything else.
func (in input) bytes(i int) []byte {
	v := in.at(i)
	if !v.InstanceOf(js.Global().Get("Uint8Array")) {
		return nil
	}
	b := make([]byte, v.Get("length").Int())
	js.CopyBytesToGo(b, v)
	return b
}

// each copies the Uint8Arrays of an array; nil for anything else.
func (in input) each(i int) (out [][]byte) {
	v := in.at(i)
	if !v.InstanceOf(js.Global().Get("Array")) {
		return nil
	}
	for k := range v.Length() {
		out = append(out, input{v.Index(k)}.bytes(0))
	}
	return out
}

func (in input) text(i int) string {
	if v := in.at(i); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

func (in input) number(i int) int {
	if v := in.at(i); v.Type() == js.TypeNumber {
		return v.Int()
	}
	return -1
}

func (in input) settings(i int) (s settings) {
	v := in.at(i)
	if v.Type() != js.TypeObject {
		return s
	}
	if n := v.Get("now"); n.Type() == js.TypeNumber {
		s.Now = int64(n.Float())
	}
	if n := v.Get("offset"); n.Type() == js.TypeNumber {
		s.Offset = n.Int()
	}
	return s
}

// call wraps a function: its answer is JSON text, {"ok": …} or {"error": "…"},
// with "error_zh" where that is known. A
// fault of ours must not take the page's verifier with it, so a panic is an error.
func call(f func(input) (any, error)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) (out any) {
		defer func() {
			if p := recover(); p != nil {
				out = reply(nil, fmt.Errorf("the verifier failed: %v", p))
			}
		}()
		return reply(f(args))
	})
}

func reply(v any, err error) string {
	var out struct {
		OK    any    `json:"ok,omitempty"`
		Error string `json:"error,omitempty"`
		ZH    string `json:"error_zh,omitempty"` // where it is known in Chinese
	}
	if err != nil {
		out.Error = err.Error()
		if r, ok := errors.AsType[*refusal](err); ok {
			out.ZH = r.zh
		}
	} else {
		out.OK = v
	}
	b, err := json.Marshal(out)
	if err != nil {
		return `{"error":"the answer could not be written"}`
	}
	return string(b)
}
