package userscrud_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"userscrud"
)

func TestAnswers(t *testing.T) {
	h := userscrud.New()

	for _, want := range []user{{1, "Ada", "ada@example.com"}, {2, "Grace", "grace@example.com"}} {
		a := send(h, "POST", usersPath, fields(want.Name, want.Email))
		wantUser(t, a, http.StatusCreated, want)
		if got, want := a.header.Get("Location"), userPath(want.ID); got != want {
			t.Errorf("%s: Location = %q, want %q", a.call, got, want)
		}
		wantUser(t, send(h, "GET", userPath(want.ID), ""), http.StatusOK, want)
	}

	want := user{2, "Grace Hopper", "Grace@Example.com"}
	a := send(h, "PUT", userPath(2), fields("  Grace Hopper\n", "\tGrace@Example.com "))
	wantUser(t, a, http.StatusOK, want)
	wantUser(t, send(h, "GET", userPath(2), ""), http.StatusOK, want)

	a = send(h, "GET", usersPath, "")
	wantStatus(t, a, http.StatusOK)
	if _, err := parseUsers(a); err != nil {
		t.Error(err)
	}

	a = send(h, "DELETE", userPath(2), "")
	wantStatus(t, a, http.StatusNoContent)
	if a.body != "" {
		t.Errorf("%s: body = %q, want none with status 204", a.call, a.body)
	}

	// Refusals have to look like refusals to programs that read the status alone.
	wantProblem(t, send(h, "GET", userPath(2), ""), http.StatusNotFound)
	wantProblem(t, send(h, "POST", usersPath, fields("Ada", "ada@example.com")), http.StatusConflict)
	wantProblem(t, send(h, "POST", usersPath, fields("", "")), http.StatusUnprocessableEntity)
}

func TestIDsAreNeverGivenTwice(t *testing.T) {
	h := userscrud.New()
	wantID := func(u user, want int, after string) {
		t.Helper()
		if u.ID != want {
			t.Errorf("POST %s after %s: id = %d, want %d", usersPath, after, u.ID, want)
		}
	}
	for i, name := range []string{"ada", "grace", "barbara"} {
		wantID(create(t, h, name, name+"@example.com"), i+1, "earlier ones")
	}

	wantStatus(t, send(h, "DELETE", userPath(3), ""), http.StatusNoContent)
	wantID(create(t, h, "frances", "frances@example.com"), 4, "user 3, the last one, was deleted")

	wantStatus(t, send(h, "DELETE", userPath(1), ""), http.StatusNoContent)
	wantID(create(t, h, "jean", "jean@example.com"), 5, "user 1 was deleted")

	for _, body := range []string{`{`, fields("", ""), fields("Grace again", "grace@example.com")} {
		if a := send(h, "POST", usersPath, body); a.status < 400 {
			t.Errorf("%s: status = %d, want a refusal", a.call, a.status)
		}
	}
	wantID(create(t, h, "kay", "kay@example.com"), 6, "three refused requests")

	for _, u := range list(t, h) {
		wantStatus(t, send(h, "DELETE", userPath(u.ID), ""), http.StatusNoContent)
	}
	wantID(create(t, h, "betty", "betty@example.com"), 7, "all users were deleted")
}

func TestServicesShareNothing(t *testing.T) {
	one, other := userscrud.New(), userscrud.New()
	ada := create(t, one, "Ada", "ada@example.com")
	if got := list(t, other); len(got) != 0 {
		t.Errorf("New() a second time: users = %v, want none: they were created in the first service", got)
	}
	grace := create(t, other, "Grace", "ada@example.com")
	if grace.ID != 1 {
		t.Errorf("first user of a second service: id = %d, want 1", grace.ID)
	}
	wantUser(t, send(one, "GET", userPath(1), ""), http.StatusOK, ada)
	wantUser(t, send(other, "GET", userPath(1), ""), http.StatusOK, grace)
}

func TestNotFound(t *testing.T) {
	h := userscrud.New()
	create(t, h, "Ada", "ada@example.com")
	create(t, h, "Grace", "grace@example.com")
	wantStatus(t, send(h, "DELETE", userPath(2), ""), http.StatusNoContent)

	body := fields("Nobody", "nobody@example.com")
	for _, id := range []string{"2", "3", "0", "-1", "abc", "1.0", "99999999999999999999"} {
		wantProblem(t, send(h, "GET", usersPath+"/"+id, ""), http.StatusNotFound)
		wantProblem(t, send(h, "PUT", usersPath+"/"+id, body), http.StatusNotFound)
		wantProblem(t, send(h, "DELETE", usersPath+"/"+id, ""), http.StatusNotFound)
	}
	for _, path := range []string{"/", "/users", "/api/v1", "/api/v1/usersx", "/api/v2/users", userPath(1) + "/orders"} {
		wantProblem(t, send(h, "GET", path, ""), http.StatusNotFound)
	}

	if got := list(t, h); len(got) != 1 {
		t.Errorf("GET %s after requests for unknown users: users = %v, want Ada alone", usersPath, got)
	}
}

func TestMethodNotAllowed(t *testing.T) {
	h := userscrud.New()
	create(t, h, "Ada", "ada@example.com")
	body := fields("Grace", "grace@example.com")

	tests := []struct {
		method, path string
		allowed      []string
	}{
		{"PUT", usersPath, []string{"GET", "POST"}},
		{"PATCH", usersPath, []string{"GET", "POST"}},
		{"DELETE", usersPath, []string{"GET", "POST"}},
		{"POST", userPath(1), []string{"DELETE", "GET", "PUT"}},
		{"PATCH", userPath(1), []string{"DELETE", "GET", "PUT"}},
	}
	for _, tt := range tests {
		a := send(h, tt.method, tt.path, body)
		wantProblem(t, a, http.StatusMethodNotAllowed)
		if a.status != http.StatusMethodNotAllowed {
			continue
		}
		// HEAD and OPTIONS are nobody's business here: a service may have them or not.
		var got []string
		for _, line := range a.header.Values("Allow") {
			for method := range strings.SplitSeq(line, ",") {
				if method = strings.TrimSpace(method); method != "HEAD" && method != "OPTIONS" {
					got = append(got, method)
				}
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, tt.allowed) {
			t.Errorf("%s: Allow = %q, want %q", a.call, a.header.Values("Allow"), strings.Join(tt.allowed, ", "))
		}
	}

	if got := list(t, h); len(got) != 1 || got[0].Name != "Ada" {
		t.Errorf("GET %s after methods that aren't allowed: users = %v, want Ada alone", usersPath, got)
	}
}

// sendAs is send with a Content-Type of its own; "" leaves the header out.
func sendAs(h http.Handler, method, path, contentType, body string) answer {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	call := method + " " + path + " without a Content-Type"
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
		call = method + " " + path + " as " + contentType
	}
	return serve(h, r, brief(call+" "+body))
}

func TestBodies(t *testing.T) {
	h := userscrud.New()
	ada := create(t, h, "Ada", "ada@example.com")
	const grace = `{"name": "Grace", "email": "grace@example.com"}`

	targets := []struct{ method, path string }{{"POST", usersPath}, {"PUT", userPath(ada.ID)}}
	for _, tt := range targets {
		for _, body := range []string{
			``,
			`   `,
			`Grace`,
			`{"name": "Grace", "email": "grace@example.com"`,
			`["Grace", "grace@example.com"]`,
			`{"name": "Grace", "email": 7}`,
			`{"name": ["Grace"], "email": "grace@example.com"}`,
			`{"name": "Grace", "email": "grace@example.com", "admin": true}`,
			`{"id": 1, "name": "Grace", "email": "grace@example.com"}`,
			grace + grace,
			grace + ` }`,
			grace + ` ]`,
			grace + ` Grace`,
		} {
			wantProblem(t, sendAs(h, tt.method, tt.path, "application/json", body), http.StatusBadRequest)
		}
		for _, contentType := range []string{"", "text/plain", "application/jsonx", "application/x-www-form-urlencoded"} {
			wantProblem(t, sendAs(h, tt.method, tt.path, contentType, grace), http.StatusUnsupportedMediaType)
		}
	}

	if got := list(t, h); len(got) != 1 || got[0] != ada {
		t.Errorf("GET %s after refused bodies: users = %v, want %v alone", usersPath, got, ada)
	}

	a := sendAs(h, "POST", usersPath, "application/json; charset=utf-8", grace)
	wantUser(t, a, http.StatusCreated, user{2, "Grace", "grace@example.com"})
	a = sendAs(h, "PUT", userPath(2), "Application/JSON", "\n "+fields("Grace Hopper", "hopper@example.com")+" \r\n")
	wantUser(t, a, http.StatusOK, user{2, "Grace Hopper", "hopper@example.com"})
}

// A meter counts what is read of a body. It hides the body's length, as a chunked request does.
type meter struct {
	body io.Reader
	read int
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.body.Read(p)
	m.read += n
	return n, err
}

func TestBodyLimit(t *testing.T) {
	const limit = 64 << 10
	h := userscrud.New()
	create(t, h, "Ada", "ada@example.com")

	targets := []struct{ method, path string }{{"POST", usersPath}, {"PUT", userPath(1)}}
	for _, tt := range targets {
		grace := fields("Grace", "grace@example.com")
		bodies := []struct{ about, body string }{
			{"with a name of 1 MiB", fields(strings.Repeat("a", 1<<20), "grace@example.com")},
			{"with 1 MiB of spaces at the start", strings.Repeat(" ", 1<<20) + grace},
			{"with 1 MiB of spaces at the end", grace + strings.Repeat(" ", 1<<20)},
			{"of 64 KiB and one byte", grace + strings.Repeat(" ", limit+1-len(grace))},
		}
		for _, b := range bodies {
			call := tt.method + " " + tt.path + " (body " + b.about + ")"

			m := &meter{body: strings.NewReader(b.body)}
			r := httptest.NewRequest(tt.method, tt.path, m)
			r.Header.Set("Content-Type", "application/json")
			wantProblem(t, serve(h, r, call+", chunked"), http.StatusRequestEntityTooLarge)
			if m.read > 2*limit {
				t.Errorf("%s, chunked: %d bytes of the body were read, want no more than the limit needs", call, m.read)
			}

			r = httptest.NewRequest(tt.method, tt.path, strings.NewReader(b.body))
			r.Header.Set("Content-Type", "application/json")
			wantProblem(t, serve(h, r, call), http.StatusRequestEntityTooLarge)
		}
	}

	// The limit itself is allowed. The email is free, for nothing of the above was kept.
	grace := fields("Grace", "grace@example.com")
	r := httptest.NewRequest("POST", usersPath, strings.NewReader(grace+strings.Repeat(" ", limit-len(grace))))
	r.Header.Set("Content-Type", "application/json")
	a := serve(h, r, "POST "+usersPath+" (body of exactly 64 KiB)")
	wantUser(t, a, http.StatusCreated, user{2, "Grace", "grace@example.com"})
}

func TestValidation(t *testing.T) {
	h := userscrud.New()
	ada := create(t, h, "Ada", "ada@example.com")

	tests := []struct {
		body string
		want []string
	}{
		{`{}`, []string{"email", "name"}},
		{`{"name": "Grace"}`, []string{"email"}},
		{`{"email": "grace@example.com"}`, []string{"name"}},
		{fields("", ""), []string{"email", "name"}},
		{fields(" \t\n", "grace"), []string{"email", "name"}},
		{fields(strings.Repeat("a", 101), "grace@example.com"), []string{"name"}},
		{fields(strings.Repeat("é", 101), "grace@example.com"), []string{"name"}},
		{fields("Grace", "grace.example.com"), []string{"email"}},
		{fields("Grace", "@example.com"), []string{"email"}},
		{fields("Grace", "grace@"), []string{"email"}},
		{fields("Grace", "@"), []string{"email"}},
		{fields("Grace", "grace@home@example.com"), []string{"email"}},
		{fields("Grace", "grace hopper@example.com"), []string{"email"}},
		{fields("Grace", "grace@example.com\nBcc:ada"), []string{"email"}},
	}
	for _, tt := range tests {
		wantFaults(t, send(h, "POST", usersPath, tt.body), tt.want...)
		wantFaults(t, send(h, "PUT", userPath(ada.ID), tt.body), tt.want...)
	}
	if got := list(t, h); len(got) != 1 || got[0] != ada {
		t.Errorf("GET %s after fields that break the rules: users = %v, want %v alone", usersPath, got, ada)
	}

	for i, u := range []user{
		{2, strings.Repeat("a", 100), "a@b"},
		{3, strings.Repeat("é", 100), "é@example.com"},
		{4, "名", "o'neil+tag@sub.example.com"},
	} {
		a := send(h, "POST", usersPath, fields("  "+u.Name+"  ", u.Email))
		wantUser(t, a, http.StatusCreated, user{i + 2, u.Name, u.Email})
	}
}

func TestOneUserForAnEmail(t *testing.T) {
	h := userscrud.New()
	ada := create(t, h, "Ada", "Ada@Example.com")
	grace := create(t, h, "Grace", "grace@example.com")

	// Taken, whatever the case.
	for _, email := range []string{"Ada@Example.com", "ada@example.com", " ADA@EXAMPLE.COM "} {
		wantProblem(t, send(h, "POST", usersPath, fields("Another Ada", email)), http.StatusConflict)
		wantProblem(t, send(h, "PUT", userPath(grace.ID), fields("Grace as Ada", email)), http.StatusConflict)
	}
	wantUser(t, send(h, "GET", userPath(ada.ID), ""), http.StatusOK, ada)
	wantUser(t, send(h, "GET", userPath(grace.ID), ""), http.StatusOK, grace)

	// Not by oneself.
	ada = user{ada.ID, "Ada Lovelace", "Ada@Example.com"}
	wantUser(t, send(h, "PUT", userPath(ada.ID), fields(ada.Name, ada.Email)), http.StatusOK, ada)
	ada.Email = "ada@EXAMPLE.com"
	wantUser(t, send(h, "PUT", userPath(ada.ID), fields(ada.Name, ada.Email)), http.StatusOK, ada)
	wantProblem(t, send(h, "POST", usersPath, fields("Another Ada", "ada@example.com")), http.StatusConflict)

	// Free again when its user takes another, or goes.
	ada.Email = "countess@example.com"
	wantUser(t, send(h, "PUT", userPath(ada.ID), fields(ada.Name, ada.Email)), http.StatusOK, ada)
	create(t, h, "Another Ada", "ada@example.com")
	wantStatus(t, send(h, "DELETE", userPath(grace.ID), ""), http.StatusNoContent)
	create(t, h, "Another Grace", "grace@example.com")
	wantProblem(t, send(h, "POST", usersPath, fields("Third Ada", "countess@example.com")), http.StatusConflict)
}

func TestEmptyList(t *testing.T) {
	h := userscrud.New()
	wantEmpty := func(when string) {
		t.Helper()
		a := send(h, "GET", usersPath, "")
		users, err := parseUsers(a)
		if err != nil {
			t.Fatal(err)
		}
		if len(users) != 0 {
			t.Errorf("GET %s %s: users = %v, want none", usersPath, when, users)
		} else if !strings.Contains(a.body, "[") {
			t.Errorf("GET %s %s: body = %s, want an empty array", usersPath, when, a.body)
		}
	}
	wantEmpty("of a new service")
	ada := create(t, h, "Ada", "ada@example.com")
	wantStatus(t, send(h, "DELETE", userPath(ada.ID), ""), http.StatusNoContent)
	wantEmpty("after the only user was deleted")
}

func TestListIsOrderedByID(t *testing.T) {
	h := userscrud.New()
	var want []user
	for i := range 12 {
		name := string(rune('l' - i))
		want = append(want, create(t, h, name, name+"@example.com"))
	}
	want[3].Name = "zoe"
	wantStatus(t, send(h, "PUT", userPath(want[3].ID), fields(want[3].Name, want[3].Email)), http.StatusOK)
	for _, i := range []int{7, 0} {
		wantStatus(t, send(h, "DELETE", userPath(want[i].ID), ""), http.StatusNoContent)
		want = slices.Delete(want, i, i+1)
	}
	for range 5 {
		if got := list(t, h); !slices.Equal(got, want) {
			t.Fatalf("GET %s:\ngot:\n%s\nwant:\n%s", usersPath, lines(got), lines(want))
		}
	}
}

func lines(users []user) string {
	var b strings.Builder
	for _, u := range users {
		b.WriteString(u.String() + "\n")
	}
	return b.String()
}
