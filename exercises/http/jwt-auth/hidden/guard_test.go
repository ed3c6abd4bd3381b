package jwtauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"jwtauth"
)

func TestGuard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls++
			if claims, ok := jwtauth.ClaimsFrom(r.Context()); !ok || claims.Subject != "ada" {
				t.Errorf("ClaimsFrom(r.Context()) in a guarded handler = %v, %t, want Ada's, true", claims, ok)
			}
			w.WriteHeader(http.StatusNoContent)
		})
		v := newVerifier()
		roles := func(names ...string) string {
			return "Bearer " + token(goodHeader, goodClaims().with(object{"roles": names}))
		}
		admin := roles("reader", "admin")
		bare := strings.TrimPrefix(admin, "Bearer ")
		expired := "Bearer " + token(goodHeader, goodClaims().with(object{"roles": []string{"admin"}, "exp": time.Now().Unix() - 3600}))

		for _, tt := range []struct {
			role, what, authorization string
			want                      int
		}{
			{"admin", "an admin's token", admin, 204},
			{"admin", "an admin's token after the word bearer", "bearer " + bare, 204},
			{"admin", "an admin's token after the word BEARER", "BEARER " + bare, 204},
			{"", "an admin's token", admin, 204},
			{"", "a token without roles", "Bearer " + token(goodHeader, goodClaims().with(object{"roles": nil})), 204},

			{"admin", "a token without roles", "Bearer " + token(goodHeader, goodClaims().with(object{"roles": nil})), 403},
			{"admin", "the role administrator", roles("administrator"), 403},
			{"admin", "the roles adm and in", roles("adm", "in"), 403},
			{"admin", "the role Admin", roles("Admin"), 403},
			{"admin", "an empty role", roles(""), 403},

			{"", "no Authorization", "", 401},
			{"admin", "no Authorization", "", 401},
			{"admin", "the word Bearer alone", "Bearer", 401},
			{"admin", "a token alone", bare, 401},
			{"admin", "another scheme", "Basic " + bare, 401},
			{"admin", "a token with a wrong signature", admin[:len(admin)-9] + "AAAAAAAA" + admin[len(admin)-1:], 401},
			{"admin", "an expired token", expired, 401},
			{"", "an expired token", expired, 401},
		} {
			calls = 0
			a := ask(t, v.Require(tt.role, next), tt.authorization)
			what := fmt.Sprintf("Require(%q), for a request with %s", tt.role, tt.what)
			if a.StatusCode != tt.want {
				t.Errorf("%s: status = %d, want %d", what, a.StatusCode, tt.want)
			}
			if want := 0; tt.want != 204 && calls != want {
				t.Errorf("%s: the handler was called %d times, want %d", what, calls, want)
			}
			if got := a.Header.Get("WWW-Authenticate"); tt.want == 401 && !strings.HasPrefix(got, "Bearer") {
				t.Errorf("%s: WWW-Authenticate = %q, want one that begins with Bearer", what, got)
			}
		}
	})

	if claims, ok := jwtauth.ClaimsFrom(t.Context()); ok || claims.Subject != "" {
		t.Errorf("ClaimsFrom(a context without claims) = %v, %t, want none, false", claims, ok)
	}
}

func TestManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newVerifier().Require("", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, _ := jwtauth.ClaimsFrom(r.Context())
			fmt.Fprint(w, claims.Subject)
		}))
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				name := fmt.Sprintf("user-%d", i)
				kid := string("ab"[i%2])
				parts := encode(goodHeader.with(object{"kid": kid})) + "." + encode(goodClaims().with(object{"sub": name}))
				authorization := "Bearer " + sign(parts, keys[kid])
				for range 10 {
					a := ask(t, h, authorization)
					body := make([]byte, 20)
					n, _ := a.Body.Read(body)
					if got := string(body[:n]); a.StatusCode != 200 || got != name {
						t.Errorf("8 clients at the same time: %s gets %d %q, want 200 and its own name", name, a.StatusCode, got)
					}
				}
			})
		}
		wg.Wait()
	})
}
