//go:build !gavelhttp

package witness

func httpSame() bool { return true }
