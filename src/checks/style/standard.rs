//! What the standard library's functions give, as far as a dropped error of theirs is nearly always a mistake.
//!
//! Left out on purpose: printing (`fmt.Print…`, `fmt.Fprint…`, `log`), what never fails (`strings.Builder`, `bytes.Buffer`,
//! `hash.Hash`, `crypto/rand`), `Flush` of a `bufio.Writer`, which mostly ends in what can't be mended, `Close`, which can't be told from the close of something that was only read, writes of a
//! response to whoever may have gone (`http.ResponseWriter`, `json.Encoder`, templates), and removing files, which is
//! mostly done as well as can be.

/// Functions whose last result is an error, by import path.
const FUNCTIONS: [(&str, &[&str]); 29] = [
    ("archive/zip", &["OpenReader", "NewReader"]),
    ("compress/gzip", &["NewReader", "NewWriterLevel"]),
    ("database/sql", &["Open"]),
    ("encoding/binary", &["Read", "Write"]),
    ("encoding/hex", &["DecodeString"]),
    (
        "encoding/json",
        &["Unmarshal", "Marshal", "MarshalIndent", "Indent", "Compact"],
    ),
    ("encoding/pem", &["Encode"]),
    ("encoding/xml", &["Unmarshal", "Marshal", "MarshalIndent"]),
    (
        "fmt",
        &[
            "Sscan", "Sscanf", "Sscanln", "Fscan", "Fscanf", "Fscanln", "Scan", "Scanf", "Scanln",
        ],
    ),
    (
        "io",
        &[
            "ReadAll",
            "ReadFull",
            "ReadAtLeast",
            "Copy",
            "CopyN",
            "CopyBuffer",
        ],
    ),
    (
        "io/fs",
        &["ReadFile", "ReadDir", "Stat", "WalkDir", "Sub", "Glob"],
    ),
    ("mime", &["ParseMediaType"]),
    (
        "net",
        &[
            "Dial",
            "DialTimeout",
            "Listen",
            "ParseCIDR",
            "SplitHostPort",
            "LookupHost",
            "ResolveTCPAddr",
        ],
    ),
    (
        "net/http",
        &[
            "Get",
            "Post",
            "PostForm",
            "Head",
            "NewRequest",
            "NewRequestWithContext",
            "ListenAndServe",
            "ListenAndServeTLS",
            "Serve",
            "ReadRequest",
            "ReadResponse",
        ],
    ),
    ("net/mail", &["ParseAddress"]),
    ("net/netip", &["ParseAddr", "ParsePrefix", "ParseAddrPort"]),
    (
        "net/url",
        &[
            "Parse",
            "ParseRequestURI",
            "ParseQuery",
            "PathUnescape",
            "QueryUnescape",
        ],
    ),
    (
        "os",
        &[
            "Open",
            "Create",
            "OpenFile",
            "ReadFile",
            "WriteFile",
            "ReadDir",
            "Mkdir",
            "MkdirAll",
            "MkdirTemp",
            "CreateTemp",
            "Rename",
            "Stat",
            "Lstat",
            "Getwd",
            "Chdir",
            "Chmod",
            "Truncate",
            "Link",
            "Symlink",
            "Pipe",
        ],
    ),
    ("os/exec", &["LookPath"]),
    (
        "path/filepath",
        &[
            "Abs",
            "Rel",
            "Walk",
            "WalkDir",
            "Glob",
            "EvalSymlinks",
            "Match",
        ],
    ),
    ("regexp", &["Compile", "MatchString", "Match"]),
    (
        "strconv",
        &[
            "Atoi",
            "ParseInt",
            "ParseUint",
            "ParseFloat",
            "ParseBool",
            "ParseComplex",
            "Unquote",
        ],
    ),
    ("text/template", &["ParseFiles", "ParseGlob", "ParseFS"]),
    ("html/template", &["ParseFiles", "ParseGlob", "ParseFS"]),
    (
        "time",
        &["Parse", "ParseInLocation", "ParseDuration", "LoadLocation"],
    ),
    ("encoding/csv", &[]),
    ("os/user", &["Current", "Lookup"]),
    (
        "crypto/x509",
        &[
            "ParseCertificate",
            "ParsePKCS1PrivateKey",
            "ParsePKCS8PrivateKey",
        ],
    ),
    ("crypto/tls", &["LoadX509KeyPair", "X509KeyPair", "Dial"]),
];

/// Functions that give a value of a type whose methods are known below.
const MAKERS: [(&str, &str, &str); 22] = [
    ("os", "Open", "os.File"),
    ("os", "Create", "os.File"),
    ("os", "OpenFile", "os.File"),
    ("os", "CreateTemp", "os.File"),
    ("bufio", "NewWriter", "bufio.Writer"),
    ("bufio", "NewWriterSize", "bufio.Writer"),
    ("bufio", "NewReader", "bufio.Reader"),
    ("bufio", "NewReaderSize", "bufio.Reader"),
    ("encoding/json", "NewDecoder", "encoding/json.Decoder"),
    ("encoding/xml", "NewDecoder", "encoding/xml.Decoder"),
    ("encoding/gob", "NewDecoder", "encoding/gob.Decoder"),
    ("encoding/gob", "NewEncoder", "encoding/gob.Encoder"),
    ("encoding/csv", "NewReader", "encoding/csv.Reader"),
    ("encoding/csv", "NewWriter", "encoding/csv.Writer"),
    ("database/sql", "Open", "database/sql.DB"),
    ("database/sql", "OpenDB", "database/sql.DB"),
    ("os/exec", "Command", "os/exec.Cmd"),
    ("os/exec", "CommandContext", "os/exec.Cmd"),
    ("net/http", "NewRequest", "net/http.Request"),
    ("net/http", "NewRequestWithContext", "net/http.Request"),
    ("net", "Listen", "net.Listener"),
    (
        "golang.org/x/sync/errgroup",
        "WithContext",
        "golang.org/x/sync/errgroup.Group",
    ),
];

/// Methods whose last result is an error, by type.
const METHODS: [(&str, &[&str]); 18] = [
    (
        "os.File",
        &[
            "Write",
            "WriteString",
            "WriteAt",
            "Read",
            "ReadAt",
            "Seek",
            "Sync",
            "Truncate",
            "Stat",
            "ReadDir",
        ],
    ),
    (
        "bufio.Reader",
        &[
            "ReadString",
            "ReadBytes",
            "ReadLine",
            "ReadByte",
            "ReadRune",
        ],
    ),
    ("encoding/json.Decoder", &["Decode", "Token"]),
    ("encoding/xml.Decoder", &["Decode", "Token"]),
    ("encoding/gob.Decoder", &["Decode"]),
    ("encoding/gob.Encoder", &["Encode"]),
    ("encoding/csv.Reader", &["Read", "ReadAll"]),
    ("encoding/csv.Writer", &["Write", "WriteAll"]),
    (
        "database/sql.DB",
        &[
            "Exec",
            "ExecContext",
            "Query",
            "QueryContext",
            "Prepare",
            "PrepareContext",
            "Begin",
            "BeginTx",
            "Ping",
            "PingContext",
        ],
    ),
    (
        "database/sql.Tx",
        &[
            "Exec",
            "ExecContext",
            "Query",
            "QueryContext",
            "Prepare",
            "PrepareContext",
            "Commit",
        ],
    ),
    (
        "database/sql.Stmt",
        &["Exec", "ExecContext", "Query", "QueryContext"],
    ),
    ("database/sql.Rows", &["Scan"]),
    ("database/sql.Row", &["Scan"]),
    (
        "os/exec.Cmd",
        &[
            "Run",
            "Start",
            "Wait",
            "Output",
            "CombinedOutput",
            "StdoutPipe",
            "StdinPipe",
            "StderrPipe",
        ],
    ),
    (
        "net/http.Client",
        &["Do", "Get", "Post", "PostForm", "Head"],
    ),
    (
        "net/http.Server",
        &["ListenAndServe", "ListenAndServeTLS", "Serve", "Shutdown"],
    ),
    (
        "net/http.Request",
        &["ParseForm", "ParseMultipartForm", "Cookie", "FormFile"],
    ),
    ("golang.org/x/sync/errgroup.Group", &["Wait"]),
];

/// Whether dropping the error of a function is a mistake.
pub(super) fn function_fails(path: &str, name: &str) -> bool {
    FUNCTIONS
        .iter()
        .any(|(package, names)| *package == path && names.contains(&name))
}

/// The type of what a function gives first: `("os", "File")`.
pub(super) fn made_by(path: &str, name: &str) -> Option<(&'static str, &'static str)> {
    MAKERS
        .iter()
        .find(|(package, function, _)| *package == path && *function == name)
        .and_then(|(_, _, of)| of.rsplit_once('.'))
}

/// Whether dropping the error of a method is a mistake.
pub(super) fn method_fails(path: &str, of: &str, name: &str) -> bool {
    METHODS
        .iter()
        .any(|(known, names)| known.rsplit_once('.') == Some((path, of)) && names.contains(&name))
}
