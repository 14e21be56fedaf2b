//! What `alog cat --tree` shows.

use crate::run::{Folder, prints};

#[test]
fn a_tree_has_each_record_below_its_parent() {
    let folder = Folder::new();
    let lines = [
        r#"{"level":"INFO","message":"request","span":"1"}"#,
        r#"{"level":"INFO","message":"orphan","span":"9","parent":"8"}"#,
        r#"{"level":"INFO","message":"query","span":"3","parent":"2"}"#,
        r#"{"level":"INFO","message":"shop","span":"2","parent":"1"}"#,
        r#"{"level":"INFO","message":"answer","span":"4","parent":"1"}"#,
        r#"{"level":"INFO","message":"one","span":"a","parent":"b"}"#,
        r#"{"level":"INFO","message":"other","span":"b","parent":"a"}"#,
    ];
    folder.write("a.log", lines.map(|line| format!("{line}\n")).concat());
    let shown = prints(folder.path(), &["cat", "--tree", "span,parent", "a.log"]);
    assert_eq!(
        shown,
        "INFO - request span=1\n\
         ├─ INFO - shop span=2 parent=1\n\
         │  └─ INFO - query span=3 parent=2\n\
         └─ INFO - answer span=4 parent=1\n\
         INFO - orphan span=9 parent=8\n\
         INFO - one span=a parent=b\n\
         └─ INFO - other span=b parent=a\n"
    );
}

#[test]
fn what_belongs_to_a_record_stays_with_it_in_a_tree() {
    let folder = Folder::new();
    folder.write(
        "a.log",
        "level=info message=request span=1\n\
         level=error message=first span=2 parent=1\nTraceback:\n  at a\n\
         level=info message=below span=3 parent=2\n  and more\n\
         level=error message=second span=4 parent=1\n  at b\n\
         level=info message=other span=5\n  text of it\n",
    );
    assert_eq!(
        prints(folder.path(), &["cat", "--tree", "span,parent", "a.log"]),
        "INFO - request span=1\n\
         ├─ ERROR - first span=2 parent=1\n\
         │  Traceback:\n\
         │    at a\n\
         │  └─ INFO - below span=3 parent=2\n\
         │       and more\n\
         └─ ERROR - second span=4 parent=1\n\
        \x20    at b\n\
         INFO - other span=5\n\
        \x20 text of it\n"
    );
    let text = ["cat", "--tree", "span,parent", "-g", "text of", "a.log"];
    assert_eq!(prints(folder.path(), &text), "  text of it\n", "its record is not shown");
}
