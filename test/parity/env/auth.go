package env

import (
	"sync"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// User is somebody with an nkey, and with a JWT where an operator vouches.
type User struct {
	Public string
	Seed   string
	JWT    string
}

// NewUser makes a user that no operator knows.
func (e *Env) NewUser() User {
	e.Helper()
	return e.user(nil)
}

func (e *Env) user(issue func(pub string) string) User {
	e.Helper()
	kp, err := nkeys.CreateUser()
	e.Must(err)
	pub, err := kp.PublicKey()
	e.Must(err)
	seed, err := kp.Seed()
	e.Must(err)
	u := User{Public: pub, Seed: string(seed)}
	if issue != nil {
		u.JWT = issue(pub)
	}
	return u
}

// Sign answers a server's nonce.
func (u User) Sign(nonce []byte) ([]byte, error) {
	kp, err := nkeys.FromSeed([]byte(u.Seed))
	if err != nil {
		return nil, err
	}
	return kp.Sign(nonce)
}

// Creds is the text of a credentials file.
func (u User) Creds(e *Env) string {
	e.Helper()
	text, err := jwt.FormatUserConfig(u.JWT, []byte(u.Seed))
	e.Must(err)
	return string(text)
}

// Operator vouches for one account, whose users it makes.
type Operator struct {
	e        *Env
	operator nkeys.KeyPair
	account  nkeys.KeyPair
	claims   *jwt.AccountClaims
	resolver *server.MemAccResolver
}

// Operator makes an operator with an account.
func (e *Env) Operator() *Operator {
	e.Helper()
	okp, err := nkeys.CreateOperator()
	e.Must(err)
	akp, err := nkeys.CreateAccount()
	e.Must(err)
	pub, err := akp.PublicKey()
	e.Must(err)
	o := &Operator{e: e, operator: okp, account: akp, claims: jwt.NewAccountClaims(pub), resolver: &server.MemAccResolver{}}
	e.Alias(pub, "the account")
	o.publish()
	return o
}

func (o *Operator) publish() {
	o.e.Helper()
	text, err := o.claims.Encode(o.operator)
	o.e.Must(err)
	o.e.Must(o.resolver.Store(o.claims.Subject, text))
}

// Trusted makes a server trust the operator.
func (o *Operator) Trusted(opts *server.Options) {
	o.e.Helper()
	pub, err := o.operator.PublicKey()
	o.e.Must(err)
	opts.TrustedKeys = []string{pub}
	opts.AccountResolver = o.resolver
}

// User makes a user of the account, with changes to what the JWT claims.
func (o *Operator) User(change ...func(*jwt.UserClaims)) User {
	o.e.Helper()
	return o.e.user(func(pub string) string {
		claims := jwt.NewUserClaims(pub)
		for _, f := range change {
			f(claims)
		}
		text, err := claims.Encode(o.account)
		o.e.Must(err)
		return text
	})
}

// Revoke makes the server hang up on a user and not let it in any more.
func (o *Operator) Revoke(s *Server, u User) {
	o.e.Helper()
	o.claims.RevokeAt(u.Public, time.Now().Add(time.Hour))
	o.update(s)
}

// ExpireAccount makes the account's JWT end in a moment.
func (o *Operator) ExpireAccount(s *Server, in time.Duration) {
	o.e.Helper()
	o.claims.Expires = time.Now().Add(in).Unix()
	o.update(s)
}

func (o *Operator) update(s *Server) {
	o.e.Helper()
	o.publish()
	acc, err := s.LookupAccount(o.claims.Subject)
	o.e.Must(err)
	s.UpdateAccountClaims(acc, o.claims)
}

// Signer is a user's signature handler that counts how often it was asked.
type Signer struct {
	User
	mu    sync.Mutex
	calls int
}

// Sign answers a nonce.
func (s *Signer) Sign(nonce []byte) ([]byte, error) {
	s.mu.Lock()
	s.calls++
	s.mu.Unlock()
	return s.User.Sign(nonce)
}

// Calls is how often Sign was called.
func (s *Signer) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}
