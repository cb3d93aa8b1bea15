package transport

import (
	"context"
	"net"
	"net/netip"
	"net/url"
)

// addresses returns what to dial for u, best first.
func addresses(ctx context.Context, cfg *Config, u *url.URL) ([]string, error) {
	host, port := u.Hostname(), u.Port()
	asIs := []string{net.JoinHostPort(host, port)}
	if _, err := netip.ParseAddr(host); err == nil || host == "" || cfg.SkipHostLookup {
		return asIs, nil
	}
	ips, err := lookup(ctx, cfg.resolver(), host)
	if err != nil {
		// The user's dialer may know names that this machine doesn't: on the
		// other side of a tunnel, say.
		if cfg.Custom != nil && ctx.Err() == nil {
			return asIs, nil
		}
		return nil, &Error{Phase: PhaseLookup, Addr: host, Err: err}
	}
	ips = interleave(ips, cfg.Shuffle)
	addrs := make([]string, len(ips))
	for i, ip := range ips {
		addrs[i] = net.JoinHostPort(ip.String(), port)
	}
	return addrs, nil
}

func (cfg *Config) resolver() *net.Resolver {
	if cfg.Dialer != nil && cfg.Dialer.Resolver != nil {
		return cfg.Dialer.Resolver
	}
	return net.DefaultResolver
}

// lookup asks for the addresses of host. It returns when ctx is done, even if
// the resolver doesn't.
func lookup(ctx context.Context, r *net.Resolver, host string) ([]netip.Addr, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type answer struct {
		ips []netip.Addr
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		ips, err := r.LookupNetIP(ctx, "ip", host)
		answers <- answer{ips, err}
	}()
	select {
	case a := <-answers:
		if a.err == nil && len(a.ips) == 0 {
			return nil, &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
		}
		return a.ips, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// interleave orders addresses so that the families take turns, the family of
// the first one first; a family that is broken on this machine then costs one
// delay and not one per address. Addresses given twice are kept once.
func interleave(ips []netip.Addr, shuffle func(n int, swap func(i, j int))) []netip.Addr {
	var byFamily [2][]netip.Addr
	seen := make(map[netip.Addr]bool, len(ips))
	first := 0
	for _, ip := range ips {
		ip = ip.Unmap()
		if seen[ip] {
			continue
		}
		family := 0
		if ip.Is4() {
			family = 1
		}
		if len(seen) == 0 {
			first = family
		}
		seen[ip] = true
		byFamily[family] = append(byFamily[family], ip)
	}
	if shuffle != nil {
		for _, f := range byFamily {
			shuffle(len(f), func(i, j int) { f[i], f[j] = f[j], f[i] })
		}
	}
	a, b := byFamily[first], byFamily[1-first]
	out := make([]netip.Addr, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		if len(a) > 0 {
			out, a = append(out, a[0]), a[1:]
		}
		if len(b) > 0 {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}
