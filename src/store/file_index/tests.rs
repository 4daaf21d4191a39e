use super::stamp::{SECOND, TICKS};
use super::*;
use std::time::Instant;

const NOON: i128 = 1_800_000_000 * SECOND + 123_456_789;

fn stamp(changed: i128) -> Stamp {
    Stamp { size: 3, modified: changed - 5, changed, inode: 9 }
}

fn empty() -> FileIndex {
    FileIndex { opened: NOON, ..FileIndex::default() }
}

fn reopened(index: &FileIndex) -> FileIndex {
    FileIndex::parse(index.render(|_| true), NOON)
}

#[test]
fn digest_is_found_only_for_the_same_stamp() {
    let mut index = empty();
    index.insert("/a\tb".into(), stamp(2), Digest::compute(b"abc"));
    let index = reopened(&index);
    assert_eq!(index.get(Path::new("/a\tb"), &stamp(2)), Some(Digest::compute(b"abc")));
    assert_eq!(index.get(Path::new("/a\tb"), &stamp(3)), None);
    assert_eq!(index.get(Path::new("/a"), &stamp(2)), None);
}

#[test]
fn non_utf8_path_is_indexed_and_one_with_a_line_break_is_not() {
    let odd = PathBuf::from(std::ffi::OsStr::from_bytes(b"/\xff\xfe"));
    let mut index = empty();
    index.insert(odd.clone(), stamp(2), Digest::compute(b"abc"));
    index.insert("/a\nb".into(), stamp(2), Digest::compute(b"abc"));
    let index = reopened(&index);
    assert_eq!((index.files(), index.get(&odd, &stamp(2))), (1, Some(Digest::compute(b"abc"))));
}

#[test]
fn updates_replace_entries_and_keep_the_others() {
    let mut index = empty();
    for name in ["/b", "/d", "/f"] {
        index.insert(name.into(), stamp(2), Digest::compute(name.as_bytes()));
    }
    let mut index = reopened(&index);
    for name in ["/a", "/d", "/g"] {
        index.insert(name.into(), stamp(7), Digest::compute(b"new"));
    }
    assert_eq!(index.files(), 5);
    let index = reopened(&index);
    for (name, changed, content) in
        [("/a", 7, "new"), ("/b", 2, "/b"), ("/d", 7, "new"), ("/f", 2, "/f"), ("/g", 7, "new")]
    {
        let known = index.get(Path::new(name), &stamp(changed));
        assert_eq!(known, Some(Digest::compute(content.as_bytes())), "{name}");
    }
    assert_eq!(FileIndex::parse(index.render(|path| path != b"/b"), NOON).files(), 4);
}

#[test]
fn recently_changed_file_invalidates_its_entry() {
    let mut index = empty();
    index.insert("/a".into(), stamp(2), Digest::compute(b"wrong"));
    let mut index = reopened(&index);
    index.insert("/a".into(), stamp(NOON - 1), Digest::compute(b"right"));
    assert_eq!(index.get(Path::new("/a"), &stamp(2)), None);
    assert_eq!((index.files(), reopened(&index).files()), (0, 0));
}

#[test]
fn flipped_bits_and_truncation_empty_the_index_and_mark_it_damaged() {
    let mut index = empty();
    index.insert("/a".into(), stamp(2), Digest::compute(b"abc"));
    index.insert("/b".into(), stamp(2), Digest::compute(b"abc"));
    let text = index.render(|_| true);
    for at in 0..text.len() {
        assert!(FileIndex::parse(text[..at].to_vec(), NOON).is_damaged(), "cut at {at}");
        for bit in 0..8 {
            let mut flipped = text.clone();
            flipped[at] ^= 1 << bit;
            let index = FileIndex::parse(flipped, NOON);
            assert!(index.is_damaged() && index.files() == 0, "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn file_changed_around_the_opening_is_not_indexed() {
    for (before, trusted) in [(-SECOND, false), (0, false), (TICKS / 2, false), (2 * TICKS, true)] {
        let mut index = empty();
        index.insert("/a".into(), stamp(NOON - before), Digest::compute(b"abc"));
        assert_eq!((index.files() > 0), trusted, "{before} ns before");
    }
}

#[test]
fn clock_of_whole_seconds_needs_a_longer_window() {
    let noon = NOON - NOON % SECOND;
    let stamp = |changed: i128, modified: i128| Stamp { size: 3, modified, changed, inode: 9 };
    let trusted = |stamp: Stamp| stamp.is_settled(noon);
    assert!(!trusted(stamp(noon - SECOND, noon - SECOND)));
    assert!(!trusted(stamp(noon - 2 * SECOND, noon - 9 * SECOND)));
    assert!(trusted(stamp(noon - 3 * SECOND, noon - 3 * SECOND)));
    assert!(
        trusted(stamp(noon - SECOND + 1, noon - SECOND)),
        "a modification time that the user set"
    );
}

#[test]
fn thirty_thousand_files_are_parsed_fast() {
    let mut index = empty();
    for number in 0..30_000 {
        let path = format!("/home/somebody/music/collection/{}/song {number:05}.mid", number % 300);
        index.insert(path.into(), stamp(NOON - 1000 * SECOND + number), Digest::compute(b"abc"));
    }
    let text = index.render(|_| true);
    let start = Instant::now();
    let index = FileIndex::parse(text.clone(), NOON);
    let parsed = start.elapsed();
    assert_eq!(index.files(), 30_000);
    assert_eq!(index.render(|_| true), text);
    // A wide margin for unoptimized builds and busy machines.
    assert!(parsed.as_millis() < 1000, "{parsed:?}");
}
