package jwtauth_test

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"jwtauth"
)

func TestAlgorithms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier()
		for _, alg := range []any{"none", "None", "NONE", "", nil, "hs256", "HS384", "HS512", "RS256", "HS256 "} {
			header := goodHeader.with(object{"alg": alg})
			parts := encode(header) + "." + encode(goodClaims())
			wantRefused(t, v, fmt.Sprintf("a token with alg %v and no signature", alg), parts+".", jwtauth.ErrAlgorithm, jwtauth.ErrSignature)
			wantRefused(t, v, fmt.Sprintf("a token with alg %v, signed by HS256", alg), sign(parts, keys["a"]), jwtauth.ErrAlgorithm)
		}

		parts := encode(goodHeader.with(object{"alg": "HS512"})) + "." + encode(goodClaims())
		mac := hmac.New(sha512.New, keys["a"])
		mac.Write([]byte(parts))
		wantRefused(t, v, "a token with alg HS512, signed by HS512", parts+"."+base(mac.Sum(nil)), jwtauth.ErrAlgorithm, jwtauth.ErrSignature)
	})
}

func TestCritical(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		header := goodHeader.with(object{"crit": []string{"b64"}, "b64": true})
		wantRefused(t, newVerifier(), "a token with crit", token(header, goodClaims()), jwtauth.ErrAlgorithm)
	})
}

func TestKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier()
		for _, tt := range []struct {
			kid any
			key []byte
			ok  bool
		}{
			{"a", keys["a"], true},
			{"b", keys["b"], true},
			{"a", keys["b"], false},
			{"b", keys["a"], false},
			{"c", keys["a"], false},
			{"c", nil, false},
			{"", nil, false},
			{nil, nil, false},
			{nil, keys["a"], false},
		} {
			signed := sign(encode(goodHeader.with(object{"kid": tt.kid}))+"."+encode(goodClaims()), tt.key)
			what := fmt.Sprintf("a token with kid %v, signed with the key %q", tt.kid, tt.key)
			if tt.ok {
				wantGood(t, v, what, signed)
			} else {
				wantRefused(t, v, what, signed, jwtauth.ErrSignature)
			}
		}
		// A verifier without keys knows nobody.
		wantRefused(t, jwtauth.NewVerifier(nil, audience, 0), "a good token, by a Verifier without keys",
			token(goodHeader, goodClaims()), jwtauth.ErrSignature)
	})
}

func TestSignatureOfWhatCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier()
		header := base([]byte("{ \"kid\" : \"a\",\n\t\"x\": \"<&>\", \"alg\":\"HS256\" }"))
		claims := base(fmt.Appendf(nil, "{\n  \"zeta\": 1.0, \"sub\": \"\\u0061da\", \"exp\": %d, \"aud\": [%q] }\n", time.Now().Unix()+60, audience))
		wantGood(t, v, "a token whose JSON has blanks, escapes and an order of its own", sign(header+"."+claims, keys["a"]))
	})
}

func TestSignatureIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier()
		good := token(goodHeader, goodClaims())
		end := strings.LastIndexByte(good, '.')
		parts := good[:end]
		mac, err := base64.RawURLEncoding.DecodeString(good[end+1:])
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 16, 31} {
			wantRefused(t, v, fmt.Sprintf("a token with the first %d bytes of its signature", n), parts+"."+base(mac[:n]), jwtauth.ErrSignature)
		}
		wantRefused(t, v, "a token with a byte behind its signature", parts+"."+base(append(mac[:32:32], 0)), jwtauth.ErrSignature)
		for _, i := range []int{0, 15, 31} {
			changed := append([]byte(nil), mac...)
			changed[i] ^= 1
			wantRefused(t, v, fmt.Sprintf("a token with a bit of byte %d of its signature changed", i), parts+"."+base(changed), jwtauth.ErrSignature)
		}
	})
}

func TestClaimsOfAForger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier()
		for _, tt := range []struct {
			what    string
			changes object
		}{
			{"has expired", object{"exp": time.Now().Unix() - 3600}},
			{"isn't valid yet", object{"nbf": time.Now().Unix() + 3600}},
			{"is for somebody else", object{"aud": "shipping"}},
		} {
			forged := sign(encode(goodHeader)+"."+encode(goodClaims().with(tt.changes)), []byte("a forger's key"))
			wantRefused(t, v, "a token that "+tt.what+" and has a wrong signature", forged, jwtauth.ErrSignature)
		}
	})
}

func TestForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier()
		header, claims := encode(goodHeader), encode(goodClaims())
		good := sign(header+"."+claims, keys["a"])
		signature := good[len(header)+len(claims)+2:]
		signed := func(header, claims string) string { return sign(header+"."+claims, keys["a"]) }

		for _, tt := range []struct{ what, token string }{
			{`""`, ""},
			{`".."`, ".."},
			{"two parts", header + "." + claims},
			{"four parts, of which three are good", good + "." + signature},
			{"four parts, the last one empty", good + "."},
			{"a header that isn't base64", signed("*"+header, claims)},
			{"a header that isn't JSON", signed(base([]byte(`{"alg": "HS256"`)), claims)},
			{"a header that is a list", signed(base([]byte(`["HS256"]`)), claims)},
			{"claims that aren't base64", signed(header, claims+"%")},
			{"claims that aren't JSON", signed(header, base([]byte("ada")))},
			{"claims with text behind the object", signed(header, base([]byte(`{"sub": "ada", "exp": 4e9, "aud": "billing"} {}`)))},
			{"claims that are a text", signed(header, base([]byte(`"ada"`)))},
			{"no sub", token(goodHeader, goodClaims().with(object{"sub": nil}))},
			{"an empty sub", token(goodHeader, goodClaims().with(object{"sub": ""}))},
			{"a sub that is a number", token(goodHeader, goodClaims().with(object{"sub": 7}))},
			{"roles that are a text", token(goodHeader, goodClaims().with(object{"roles": "admin"}))},
			{"an aud that is a number", token(goodHeader, goodClaims().with(object{"aud": 7}))},
			{"an exp that is a text", token(goodHeader, goodClaims().with(object{"exp": "4000000000"}))},
			{"an nbf that is a text", token(goodHeader, goodClaims().with(object{"nbf": "0"}))},
		} {
			what := tt.what
			if !strings.HasPrefix(what, `"`) {
				what = "a token with " + what
			}
			wantRefused(t, v, what, tt.token, jwtauth.ErrMalformed)
		}

		// Here two reasons fit.
		for _, tt := range []struct{ what, token string }{
			{"a token with a signature that isn't base64", header + "." + claims + ".!" + signature},
			{"a token with a signature in base64 with padding", good + "="},
			{"a token with a kid that is a number", signed(encode(goodHeader.with(object{"kid": 1})), claims)},
		} {
			wantRefused(t, v, tt.what, tt.token, jwtauth.ErrMalformed, jwtauth.ErrSignature)
		}
	})
}

func TestTimes(t *testing.T) {
	for _, tt := range []struct {
		claim  string
		from   float64 // in seconds from now on
		leeway time.Duration
		want   error
	}{
		{"exp", 1, 0, nil},
		{"exp", 0, 0, jwtauth.ErrExpired},
		{"exp", -1, 0, jwtauth.ErrExpired},
		{"exp", 0.5, 0, nil},
		{"exp", -0.5, 0, jwtauth.ErrExpired},
		{"exp", 0, leeway, nil},
		{"exp", -29, leeway, nil},
		{"exp", -29.5, leeway, nil},
		{"exp", -30, leeway, jwtauth.ErrExpired},
		{"exp", -31, leeway, jwtauth.ErrExpired},
		{"exp", 8e9 - 1, leeway, nil},
		{"nbf", -1, 0, nil},
		{"nbf", 0, 0, nil},
		{"nbf", 1, 0, jwtauth.ErrNotYetValid},
		{"nbf", 0.5, 0, jwtauth.ErrNotYetValid},
		{"nbf", 29, leeway, nil},
		{"nbf", 30, leeway, nil},
		{"nbf", 31, leeway, jwtauth.ErrNotYetValid},
		{"nbf", 3000, leeway, jwtauth.ErrNotYetValid},
	} {
		synctest.Test(t, func(t *testing.T) {
			v := jwtauth.NewVerifier(keys, audience, tt.leeway)
			what := fmt.Sprintf("a token with %s %v s from now, by a Verifier with a leeway of %v", tt.claim, tt.from, tt.leeway)
			signed := token(goodHeader, goodClaims().with(object{tt.claim: float64(time.Now().Unix()) + tt.from}))
			if tt.want == nil {
				wantGood(t, v, what, signed)
			} else {
				wantRefused(t, v, what, signed, tt.want)
			}
		})
	}

	synctest.Test(t, func(t *testing.T) {
		wantRefused(t, newVerifier(), "a token without exp", token(goodHeader, goodClaims().with(object{"exp": nil})), jwtauth.ErrMalformed)
	})
}

func TestAudience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier()
		for _, aud := range []any{audience, []string{audience}, []string{"shipping", audience}} {
			wantGood(t, v, fmt.Sprintf("a token with aud %q", aud), token(goodHeader, goodClaims().with(object{"aud": aud})))
		}
		for _, aud := range []any{nil, "", "shipping", "Billing", "billing2", []string{}, []string{"shipping"}} {
			wantRefused(t, v, fmt.Sprintf("a token with aud %q", aud), token(goodHeader, goodClaims().with(object{"aud": aud})), jwtauth.ErrAudience)
		}
	})
}
