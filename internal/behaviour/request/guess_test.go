package request_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

const tokenDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// neighbours are the tokens that follow one that a responder has seen, and those that
// a counter would begin with, in each order of the digits.
func neighbours(token string) []string {
	var list []string
	for i := range 62 {
		list = append(list, tokenDigits[i:i+1])
	}
	up := func(token string, first, last, step int) {
		b := []byte(token)
		for range 400 {
			for i := first; i != last; i += step {
				d := strings.IndexByte(tokenDigits, b[i])
				if d < 0 {
					return
				}
				b[i] = tokenDigits[(d+1)%62]
				if d < 61 {
					break
				}
			}
			list = append(list, string(b))
		}
	}
	up(token, 0, len(token), 1)
	up(token, len(token)-1, -1, -1)
	return list
}

// Whoever was asked once has seen one reply subject. What it sends to others is
// never taken for an answer.
func TestForgedRepliesAreNotTaken(t *testing.T) {
	for name, old := range map[string]bool{"shared inbox": false, "inbox of its own": true} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				var seen []string
				answer := func(c *natstest.Conn, subject, text string) {
					// As a server does: to the subscription that matches.
					sub := c.WaitOp("SUB", c.Count("SUB"))
					if prefix, ok := strings.CutSuffix(sub.Subject, "*"); sub.Subject == subject || ok && strings.HasPrefix(subject, prefix) {
						c.SendMsg(subject, sub.SID, "", text)
					}
				}
				s := MemServer(t, n, AddrA, Behaving(func(c *natstest.Conn) natstest.Behavior {
					return natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
						switch op.Subject {
						case "evil":
							seen = append(seen, op.Reply)
							answer(c, op.Reply, "genuine")
						case "good":
							for _, reply := range seen {
								i := len("_INBOX.")
								if !old {
									i = strings.LastIndexByte(reply, '.') + 1
								}
								for _, guess := range neighbours(reply[i:]) {
									answer(c, reply[:i]+guess, "forged")
								}
							}
							answer(c, op.Reply, "genuine")
						}
						return op.Subject != ""
					}}
				}))
				options := Quick(nats.SetCustomDialer(n))
				if old {
					options = append(options, nats.UseOldRequestStyle())
				}
				nc := Connect(t, s.URL(), options...)
				for i := range 20 {
					for _, subject := range []string{"evil", "good"} {
						m, err := nc.Request(subject, nil, time.Second)
						Must(t, err)
						if string(m.Data) != "genuine" {
							t.Fatalf("request %d to %s: answer %q", i, subject, m.Data)
						}
					}
				}
				synctest.Wait()
			})
		})
	}
}

// Reply subjects have the form that tools know: the inbox, and eight characters
// that tell nothing of those before or behind.
func TestReplySubjects(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), nats.CustomInboxPrefix("my.box"))...)
		const total = 20_000
		replies := make(map[string]bool, total)
		var digits [8][62]int
		for range total {
			reply := nc.NewRespInbox()
			tokens := strings.Split(reply, ".")
			if len(tokens) != 4 || len(tokens[2]) != 22 || len(tokens[3]) != 8 || !strings.HasPrefix(reply, "my.box.") {
				t.Fatalf("reply subject %q", reply)
			}
			replies[reply] = true
			for i := range 8 {
				digits[i][strings.IndexByte(tokenDigits, tokens[3][i])]++
			}
		}
		if len(replies) != total {
			t.Errorf("%d reply subjects came twice", total-len(replies))
		}
		// Each digit at each place some 322 times; 150 and 600 are nine deviations off.
		for place, counts := range digits {
			for d, n := range counts {
				if n < 150 || n > 600 {
					t.Errorf("character %d is %q %d times of %d", place, tokenDigits[d], n, total)
				}
			}
		}
		_, err := nc.Subscribe("echo", func(m *nats.Msg) { _ = m.Respond([]byte(m.Reply)) })
		Must(t, err)
		m, err := nc.Request("echo", nil, time.Second)
		Must(t, err)
		if got := fmt.Sprint(len(m.Data)); got != fmt.Sprint(len("my.box.")+22+1+8) {
			t.Errorf("the request's reply subject: %q", m.Data)
		}
	})
}
