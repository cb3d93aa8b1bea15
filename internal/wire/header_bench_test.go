package wire

import (
	"fmt"
	"testing"
)

func headerOf(n int) map[string][]string {
	h := map[string][]string{}
	for i := range n {
		h[fmt.Sprintf("X-Header-%d", i)] = []string{"0123456789abcdef"}
	}
	return h
}

func BenchmarkEncodeHeader(b *testing.B) {
	for _, n := range []int{2, 20} {
		b.Run(fmt.Sprint("headers=", n), func(b *testing.B) {
			h := headerOf(n)
			b.ReportAllocs()
			for b.Loop() {
				hb := GetHeaderBuffer()
				if _, err := hb.Encode(h); err != nil {
					b.Fatal(err)
				}
				hb.Free()
			}
		})
	}
}

func BenchmarkParseHeader(b *testing.B) {
	for _, n := range []int{2, 20} {
		b.Run(fmt.Sprint("headers=", n), func(b *testing.B) {
			block := string(AppendHeader(nil, headerOf(n)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := ParseHeader(block); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
