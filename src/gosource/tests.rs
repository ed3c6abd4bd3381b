use super::*;

#[test]
#[ignore = "needs a Go installation; a wide look at how much of real Go is read"]
fn the_standard_library_is_read() {
    fn visit(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "go") {
                found.push(path);
            }
        }
    }
    let root = std::env::var("GAVEL_GO_SOURCES").unwrap_or_else(|_| "/usr/local/go/src".to_owned());
    let mut files = vec![];
    visit(std::path::Path::new(&root), &mut files);
    let mut unread = vec![];
    for file in &files {
        let text = std::fs::read(file).expect("a source file");
        let start = std::time::Instant::now();
        let result = parse("x.go", &text);
        if start.elapsed().as_millis() > 400 {
            println!("slow: {} {:?} {} bytes", file.display(), start.elapsed(), text.len());
        }
        if let Err(fault) = result {
            println!("{}:{}:{}: {}", file.display(), fault.position.line, fault.position.column, fault.reason);
            unread.push((file, fault));
        }
    }
    println!("{} of {} files are not read", unread.len(), files.len());
}
