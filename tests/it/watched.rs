//! A watcher of a folder, so that a test can act at the moment a file appears in it.

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use std::collections::{HashMap, VecDeque};
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A file system event.
#[derive(Debug, Clone)]
pub struct FileEvent {
    /// Path relative to the watched folder.
    pub path: PathBuf,
    /// Whether it was created under this name.
    pub created: bool,
    /// Whether it was renamed to this name.
    pub renamed: bool,
}

/// A watched folder with all subfolders, including new ones.
pub struct Watched {
    root: PathBuf,
    inotify: OwnedFd,
    folders: HashMap<i32, PathBuf>,
    waiting: VecDeque<FileEvent>,
}

impl Watched {
    pub fn new(root: PathBuf) -> Self {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        let mut watched = Self { root, inotify, folders: HashMap::new(), waiting: VecDeque::new() };
        watched.add(Path::new(""));
        watched.waiting.clear();
        watched
    }

    /// Returns the next event; `None` if there is none yet.
    pub fn next(&mut self) -> Option<FileEvent> {
        if self.waiting.is_empty() {
            self.read();
        }
        self.waiting.pop_front()
    }

    /// Watches a folder that may be gone already. Files that are in it already count as created, although
    /// they may be reported twice.
    fn add(&mut self, folder: &Path) {
        let path = self.root.join(folder);
        let flags = WatchFlags::CREATE
            | WatchFlags::MODIFY
            | WatchFlags::MOVE
            | WatchFlags::DELETE
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::ATTRIB;
        let Ok(id) = inotify::add_watch(&self.inotify, &path, flags | WatchFlags::ONLYDIR) else {
            return;
        };
        self.folders.insert(id, folder.to_path_buf());
        for entry in std::fs::read_dir(&path).into_iter().flatten().flatten() {
            let inside = folder.join(entry.file_name());
            let path = inside.clone();
            self.waiting.push_back(FileEvent { path, created: true, renamed: false });
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.add(&inside);
            }
        }
    }

    fn read(&mut self) {
        let mut buffer = [MaybeUninit::uninit(); 64 << 10];
        let mut read = Vec::new();
        let mut reader = Reader::new(&self.inotify, &mut buffer);
        // One read fills the buffer; another `next` on the empty buffer would read again.
        while let Ok(event) = reader.next() {
            let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()).to_owned());
            read.push((event.wd(), event.events(), name));
            if reader.is_buffer_empty() {
                break;
            }
        }
        for (id, flags, name) in read {
            assert!(!flags.contains(ReadFlags::QUEUE_OVERFLOW), "too much happened at once");
            let (Some(folder), Some(name)) = (self.folders.get(&id), name) else { continue };
            let path = folder.join(name);
            let created = flags.contains(ReadFlags::CREATE);
            let renamed = flags.contains(ReadFlags::MOVED_TO);
            self.waiting.push_back(FileEvent { path: path.clone(), created, renamed });
            if (created || renamed) && flags.contains(ReadFlags::ISDIR) {
                self.add(&path);
            }
        }
    }
}
