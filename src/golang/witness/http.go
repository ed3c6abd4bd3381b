//go:build gavelhttp

package witness

import earlyhttp "0gavel.invalid/witness/internal/early/http"

// Linking net/http takes long, so the harness sets the tag only for exercises that have it in their binary anyway.
func httpSame() bool { return earlyhttp.Same() }
