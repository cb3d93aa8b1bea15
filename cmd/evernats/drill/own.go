package drill

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

// ownCluster is what a drill starts when it isn't given servers: some for the program,
// and one more, of which nobody is told, for the witness.
type ownCluster struct {
	c        *cluster.Cluster
	users    []user // witness, program
	rejected string
}

// How quickly a lame duck leaves.
const (
	duckGrace = 200 * time.Millisecond
	duckTime  = time.Second
)

func startOwn(ctx context.Context, servers int) (*ownCluster, error) {
	o := &ownCluster{users: []user{{name: "witness", password: nuid.Next()}, {name: "program", password: nuid.Next()}}, rejected: nuid.Next()}
	c, err := cluster.Start(ctx, cluster.Config{
		Servers:          servers + 1,
		Name:             "drill",
		Config:           o.config(o.users[1].password),
		LameDuckGrace:    duckGrace,
		LameDuckDuration: duckTime,
		ServerConfig: func(i int) string {
			if i == servers {
				return "cluster { no_advertise: true }"
			}
			return ""
		},
	})
	if err != nil {
		return nil, err
	}
	o.c = c
	return o, nil
}

func (o *ownCluster) config(password string) string {
	return fmt.Sprintf("authorization { users: [ { user: %q, password: %q }, { user: %q, password: %q } ] }",
		o.users[0].name, o.users[0].password, o.users[1].name, password)
}

// program are the servers for the program.
func (o *ownCluster) program() []*cluster.Server {
	all := o.c.Servers()
	return all[:len(all)-1]
}

// at is the server at an address, nil if it is none of the program's.
func (o *ownCluster) at(addr string) *cluster.Server {
	s := o.c.ByAddr(addr)
	if s == nil || s.Index() == len(o.program()) {
		return nil
	}
	return s
}

func (o *ownCluster) target() *Target {
	t := &Target{own: o.users}
	for _, s := range o.program() {
		t.Server = append(t.Server, s.URL())
	}
	all := o.c.Servers()
	t.witness = []string{all[len(all)-1].URL()}
	return t
}

// admit sets whether the servers take the program's credentials.
func (o *ownCluster) admit(ctx context.Context, yes bool) error {
	password := o.rejected
	if yes {
		password = o.users[1].password
	}
	return each(o.program(), func(s *cluster.Server) error { return s.Reload(ctx, o.config(password)) })
}
