package send

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// No test leaves a goroutine of the package behind.
func TestMain(m *testing.M) {
	code := m.Run()
	stacks := func() string {
		buf := make([]byte, 1<<20)
		var left []string
		for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(stack, "internal/send.") && !strings.Contains(stack, "TestMain") {
				left = append(left, stack)
			}
		}
		return strings.Join(left, "\n\n")
	}
	left := stacks()
	for end := time.Now().Add(10 * time.Second); left != "" && time.Now().Before(end); left = stacks() {
		time.Sleep(5 * time.Millisecond)
	}
	if code == 0 && left != "" {
		fmt.Fprintf(os.Stderr, "goroutines left behind:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}
