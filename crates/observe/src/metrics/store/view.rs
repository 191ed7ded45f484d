//! The blocks there are, as queries see them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock, Weak};

use super::block::{Block, Meta};
use super::errors::FileError;
use super::files::{names, publish, remove, sync_folder};
use super::locks::{lock, read, write};

const PREFIX: &str = "block-";
const UNFINISHED: &str = ".tmp";
const SET_ASIDE: &str = ".corrupt";

/// What a query sees, from its beginning to its end.
#[derive(Debug, Default)]
pub(super) struct View {
    /// In the order of their first and then their last time.
    pub(super) blocks: Vec<Arc<Block>>,
    /// From here on samples are read from the head; those before are in these blocks.
    pub(super) head_from: i64,
}

/// The folder of blocks, and the present view.
#[derive(Debug)]
pub(super) struct Blocks {
    folder: PathBuf,
    present: RwLock<Arc<View>>,
    /// Views that were replaced, as long as a query holds them.
    replaced: Mutex<Vec<Weak<View>>>,
    next_number: AtomicU64,
    /// Blocks that could not be opened, and not because of what is in them.
    unopened: Mutex<Vec<String>>,
}

impl Blocks {
    /// Opens all blocks. Those that are damaged are set aside and told to `problem`, those that were half written or have
    /// been merged are removed.
    pub(super) fn open(folder: &Path, mut problem: impl FnMut(&FileError)) -> Result<Self, FileError> {
        let (mut blocks, mut last_number, mut unopened) = (Vec::new(), 0, Vec::new());
        for name in names(folder)? {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            last_number = last_number.max(digits.parse().unwrap_or(0));
            if rest.ends_with(UNFINISHED) {
                remove(&folder.join(&name)).unwrap_or_else(|error| problem(&error));
            } else if digits == rest {
                match Block::open(folder, &name) {
                    Ok(block) => blocks.push(Arc::new(block)),
                    Err(error) if error.is_corrupt() => {
                        problem(&error);
                        set_aside(folder, &name).unwrap_or_else(|error| problem(&error));
                    }
                    Err(_) => unopened.push(name),
                }
            }
        }
        // A crash between publishing a merged block and removing those it is made of.
        let merged: Vec<String> = blocks.iter().flat_map(|block| block.meta.parents.clone()).collect();
        blocks.retain(|block| {
            let gone = merged.contains(&block.name);
            if gone {
                remove(&folder.join(&block.name)).unwrap_or_else(|error| problem(&error));
            }
            !gone
        });
        let head_from = blocks.iter().map(|block| block.meta.max_time).max().unwrap_or(i64::MIN);
        let opened = Self {
            folder: folder.to_owned(),
            present: RwLock::default(),
            replaced: Mutex::default(),
            next_number: AtomicU64::new(last_number + 1),
            unopened: Mutex::new(unopened),
        };
        opened.replace(blocks, head_from);
        Ok(opened)
    }

    pub(super) fn view(&self) -> Arc<View> {
        Arc::clone(&read(&self.present))
    }

    /// A name nobody has had, and the folder to write the block in until it is complete.
    pub(super) fn reserve(&self) -> (String, PathBuf) {
        let name = format!("{PREFIX}{:08}", self.next_number.fetch_add(1, Ordering::Relaxed));
        let unfinished = self.folder.join(format!("{name}{UNFINISHED}"));
        (name, unfinished)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn replace(&self, mut blocks: Vec<Arc<Block>>, head_from: i64) {
        blocks.sort_by_key(|block| (block.meta.min_time, block.meta.max_time));
        let next = Arc::new(View { blocks, head_from });
        let before = std::mem::replace(&mut *write(&self.present), next);
        lock(&self.replaced).push(Arc::downgrade(&before));
    }

    /// Tries again to open blocks that could not be opened. Returns what those met that still cannot.
    pub(super) fn retry(&self) -> Vec<FileError> {
        let mut errors = Vec::new();
        lock(&self.unopened).retain(|name| match Block::open(&self.folder, name) {
            Ok(block) => {
                self.take_away(&[], Some(Arc::new(block)));
                false
            }
            Err(error) => {
                errors.push(error);
                true
            }
        });
        errors
    }

    /// Shows a block cut from the head together with the time up to which it was cut; without one there was nothing.
    pub(super) fn add_cut(&self, name: Option<&str>, head_from: i64) -> Result<(), FileError> {
        let mut blocks = self.view().blocks.clone();
        if let Some(name) = name {
            blocks.push(Arc::new(Block::open(&self.folder, name)?));
        }
        self.replace(blocks, head_from);
        Ok(())
    }

    /// Shows a merged block instead of those it was made of, and removes these.
    pub(super) fn add_merged(&self, name: &str, parents: &[Arc<Block>]) -> Result<(), FileError> {
        let merged = Arc::new(Block::open(&self.folder, name)?);
        self.take_away(parents, Some(merged));
        parents.iter().try_for_each(|block| remove(&self.path(&block.name)))?;
        sync_folder(&self.folder)
    }

    /// Gives blocks up.
    pub(super) fn remove(&self, blocks: &[Arc<Block>]) -> Result<(), FileError> {
        self.take_away(blocks, None);
        blocks.iter().try_for_each(|block| remove(&self.path(&block.name)))?;
        sync_folder(&self.folder)
    }

    /// Takes a damaged block out of the way, and leaves it for people to look at.
    pub(super) fn set_aside(&self, block: &Arc<Block>) -> Result<(), FileError> {
        self.take_away(std::slice::from_ref(block), None);
        set_aside(&self.folder, &block.name)
    }

    fn take_away(&self, gone: &[Arc<Block>], instead: Option<Arc<Block>>) {
        let view = self.view();
        let kept = view
            .blocks
            .iter()
            .filter(|block| !gone.iter().any(|other| Arc::ptr_eq(block, other)));
        self.replace(kept.cloned().chain(instead).collect(), view.head_from);
    }

    /// Whether a query is still under way that looks for samples before `time` in the head.
    pub(super) fn head_is_watched_before(&self, time: i64) -> bool {
        let mut replaced = lock(&self.replaced);
        replaced.retain(|view| view.strong_count() > 0);
        replaced
            .iter()
            .filter_map(Weak::upgrade)
            .any(|view| view.head_from < time)
    }

    /// How many blocks were set aside and are still there.
    pub(super) fn set_aside_count(&self) -> usize {
        names(&self.folder).map_or(0, |names| names.iter().filter(|name| is_set_aside(name)).count())
    }
}

impl View {
    pub(super) fn bytes(&self) -> u64 {
        self.blocks.iter().map(|block| block.bytes()).sum()
    }

    pub(super) fn metas(&self) -> Vec<&Meta> {
        self.blocks.iter().map(|block| &block.meta).collect()
    }
}

fn is_set_aside(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SET_ASIDE)
}

fn set_aside(folder: &Path, name: &str) -> Result<(), FileError> {
    publish(&folder.join(name), &folder.join(format!("{name}{SET_ASIDE}")))
}
