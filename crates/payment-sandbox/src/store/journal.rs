//! The append-only journal.
//!
//! Lines are queued under the store's lock, in the order of the changes. Whoever waits for a line first writes whatever
//! is queued, its own and others' (a write to the page cache takes microseconds; waking a thread for it takes longer).
//! Lines that must reach the disk are left to a thread of its own: one `fdatasync` serves every payment of a batch.

use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use tokio::sync::watch;

use super::StoreError;

/// How long an answer waits for its line before it becomes an error.
const PATIENCE: Duration = Duration::from_secs(8);
/// Between attempts on a disk that refuses.
const RETRY: Duration = Duration::from_millis(250);

/// A place in the journal to wait for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    line: u64,
    sync: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    written: u64,
    synced: u64,
}

#[derive(Debug, Default)]
struct Pending {
    buffer: Vec<u8>,
    /// Lines appended so far.
    lines: u64,
    /// A queued line must reach the disk, or a write has failed: the thread's work.
    for_thread: bool,
    closing: bool,
}

/// Where lines go.
#[derive(Debug)]
struct Output {
    file: File,
    /// Where the last whole batch ends; a batch that fails half-way is cut back to here.
    length: u64,
}

#[derive(Debug)]
struct Shared {
    pending: Mutex<Pending>,
    wake: Condvar,
    output: Mutex<Output>,
    progress: watch::Sender<Progress>,
    failing: AtomicBool,
}

/// A handle on the journal; dropping it writes what is left.
#[derive(Debug)]
pub(crate) struct Journal {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Journal {
    /// Appends to `file`, which ends with a whole line.
    pub(crate) fn start(mut file: File) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        let shared = Arc::new(Shared {
            pending: Mutex::default(),
            wake: Condvar::new(),
            output: Mutex::new(Output { file, length }),
            progress: watch::channel(Progress::default()).0,
            failing: AtomicBool::new(false),
        });
        let worker = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || worker.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Queues one line. Called under the store's lock.
    pub(crate) fn append(&self, line: &[u8], sync: bool) -> Ticket {
        let mut pending = self.shared.pending();
        if !line.is_empty() {
            pending.buffer.extend_from_slice(line);
            pending.lines += 1;
            if sync {
                pending.for_thread = true;
                self.shared.wake.notify_one();
            }
        }
        Ticket {
            line: pending.lines,
            sync: sync && !line.is_empty(),
        }
    }

    /// Waits until the line is written (and on the disk, if that was asked for).
    pub(crate) async fn settle(&self, ticket: Ticket) -> Result<(), StoreError> {
        if !ticket.sync {
            self.shared.help_out();
        }
        let reached = |progress: &Progress| {
            if ticket.sync {
                progress.synced >= ticket.line
            } else {
                progress.written >= ticket.line
            }
        };
        if reached(&self.shared.progress.borrow()) {
            return Ok(());
        }
        let mut progress = self.shared.progress.subscribe();
        match tokio::time::timeout(PATIENCE, progress.wait_for(reached)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(StoreError::NotWritten),
        }
    }

    /// The last write failed and is being tried again: nothing new should be taken on.
    pub(crate) fn is_failing(&self) -> bool {
        self.shared.failing.load(Ordering::Relaxed)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.shared.pending().closing = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is queued, unless somebody else is at it or it needs the disk.
    fn help_out(&self) {
        // Again after letting go: a line queued in between had nobody to write it.
        while self.has_plain_work() {
            let mut output = match self.output.try_lock() {
                Ok(output) => output,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            while let Some((batch, lines)) = self.take_plain() {
                if let Err(error) = output.write(&batch) {
                    self.give_back(batch, &error);
                    return;
                }
                self.progress.send_modify(|progress| progress.written = lines);
            }
        }
    }

    fn has_plain_work(&self) -> bool {
        let pending = self.pending();
        !pending.buffer.is_empty() && !pending.for_thread
    }

    fn take_plain(&self) -> Option<(Vec<u8>, u64)> {
        let mut pending = self.pending();
        let plain = !pending.buffer.is_empty() && !pending.for_thread;
        plain.then(|| (std::mem::take(&mut pending.buffer), pending.lines))
    }

    /// Puts a batch that could not be written back in front, for the thread to try again.
    fn give_back(&self, mut batch: Vec<u8>, error: &io::Error) {
        tracing::error!(error = %error, "journal write failed, trying again");
        self.failing.store(true, Ordering::Relaxed);
        let mut pending = self.pending();
        batch.extend_from_slice(&pending.buffer);
        pending.buffer = batch;
        pending.for_thread = true;
        self.wake.notify_one();
    }

    /// The thread: syncs, retries, and writes what is left at the end.
    fn run(&self) {
        while self.wait_for_work() {
            if self.write_through() {
                self.help_out();
            } else if self.pause() {
                return;
            }
        }
    }

    /// Writes everything queued and waits for the disk.
    fn write_through(&self) -> bool {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken only now that no one else writes: batches reach the file in their order.
        let (batch, lines) = {
            let mut pending = self.pending();
            pending.for_thread = false;
            (std::mem::take(&mut pending.buffer), pending.lines)
        };
        if let Err(error) = output.write(&batch) {
            self.give_back(batch, &error);
            return false;
        }
        // Those who need no more than the write need not wait for the disk.
        self.progress.send_modify(|progress| progress.written = lines);
        if let Err(error) = output.file.sync_data() {
            self.give_back(Vec::new(), &error);
            return false;
        }
        self.failing.store(false, Ordering::Relaxed);
        self.progress.send_modify(|progress| progress.synced = lines);
        true
    }

    /// `false` at the end, when nothing is left to write.
    fn wait_for_work(&self) -> bool {
        let mut pending = self.pending();
        while !pending.for_thread {
            if pending.closing {
                return !pending.buffer.is_empty();
            }
            pending = self.wake.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// Waits before the next try; `true` when the sandbox closes.
    fn pause(&self) -> bool {
        let pending = self.pending();
        let waited = self.wake.wait_timeout_while(pending, RETRY, |pending| !pending.closing);
        waited.unwrap_or_else(PoisonError::into_inner).0.closing
    }
}

impl Output {
    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(batch) {
            let _ = self.file.set_len(self.length);
            self.file.seek(SeekFrom::Start(self.length))?;
            return Err(error);
        }
        self.length += batch.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn lines_stand_in_order_and_are_there_when_their_ticket_settles() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let journal = Arc::new(Journal::start(File::create(&path).expect("a file")).expect("a thread"));
        // Stands for the store's lock: numbers are given and lines queued under it.
        let next = Arc::new(Mutex::new(0_u32));
        let writers: Vec<_> = (0..8_u32)
            .map(|writer| {
                let (journal, next, path) = (Arc::clone(&journal), Arc::clone(&next), path.clone());
                tokio::spawn(async move {
                    for at in 0..50_u32 {
                        let (number, ticket) = {
                            let mut next = next.lock().expect("sound");
                            *next += 1;
                            (
                                *next,
                                journal.append(format!("{next}\n").as_bytes(), (at + writer) % 10 == 0),
                            )
                        };
                        journal.settle(ticket).await.expect("written");
                        let text = std::fs::read_to_string(&path).expect("readable");
                        assert!(text.contains(&format!("{number}\n")), "{number}");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("no panic");
        }
        let expected: String = (1..=400).map(|number| format!("{number}\n")).collect();
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), expected);
    }

    #[tokio::test]
    async fn what_nobody_waited_for_is_written_at_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let journal = Journal::start(File::create(&path).expect("a file")).expect("a thread");
        journal.append(b"[1]\n", false);
        drop(journal);
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "[1]\n");
    }
}
