//! Tests that candidates write: what they need is open, what tells a mutant from the original is not.

use super::{Exercise, TESTS, review_files};
use crate::model::Kind;

fn breaches(source: &str) -> usize {
    let tests = Exercise {
        kind: Kind::Test,
        ..TESTS
    };
    let source = format!("package p\n\n{source}\n");
    review_files(&tests, &[("p_test.go", &source)])
        .findings
        .len()
}

#[test]
fn what_tests_need_is_open() {
    for source in [
        "import (\"testing\"; \"testing/synctest\")\nfunc TestX(t *testing.T) { synctest.Test(t, func(t *testing.T) { synctest.Wait() }) }",
        "import (\"net/http/httptest\"; \"testing/iotest\"; \"testing/quick\")\nvar s = httptest.NewServer(nil)\nvar r = iotest.ErrReader(nil)\nvar c = quick.Check",
        "import \"reflect\"\nvar same = reflect.DeepEqual(1, 2)",
        "import \"runtime\"\nvar n = runtime.NumGoroutine()",
    ] {
        assert_eq!(breaches(source), 0, "{source}");
    }
}

#[test]
fn what_tells_which_code_runs_is_denied() {
    for source in [
        "import \"runtime\"\nvar c = runtime.Callers",
        "import \"runtime\"\nvar _, f, l, _ = runtime.Caller(1)",
        "import r \"runtime\"\nvar c = r.CallersFrames",
        "import \"runtime\"\nvar f = runtime.FuncForPC(0)",
        "import \"runtime\"\nvar n = runtime.Stack(nil, true)",
        "import \"runtime/debug\"\nvar s = debug.Stack()",
        "import \"runtime/pprof\"\nvar s = pprof.Lookup(\"goroutine\")",
        "import \"reflect\"\nvar v = reflect.ValueOf(1)",
        "import \"testing\"\nfunc TestMain(m *testing.M) {}",
        "import \"os\"\nfunc f() { os.Exit(1) }",
    ] {
        assert_eq!(breaches(source), 1, "{source}");
    }
}
