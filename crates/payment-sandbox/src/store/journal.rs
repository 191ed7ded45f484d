//! The append-only journal: a thread of its own writes whole lines in batches and tells the waiting requests how far
//! it has come. One `fdatasync` serves every payment of a batch.

use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    sync::{Arc, Condvar, Mutex, PoisonError},
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
    failing: bool,
}

#[derive(Debug, Default)]
struct Pending {
    buffer: Vec<u8>,
    /// Lines appended so far.
    lines: u64,
    sync: bool,
    closing: bool,
}

#[derive(Debug, Default)]
struct Queue {
    pending: Mutex<Pending>,
    wake: Condvar,
}

/// A handle on the journal; dropping it writes what is left.
#[derive(Debug)]
pub(crate) struct Journal {
    queue: Arc<Queue>,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
}

impl Journal {
    /// Appends to `file`, which ends with a whole line.
    pub(crate) fn start(file: File) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let (publish, progress) = watch::channel(Progress::default());
        let writer = Writer {
            file,
            length: 0,
            queue: Arc::clone(&queue),
            publish,
        };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run())?;
        Ok(Self {
            queue,
            progress,
            thread: Some(thread),
        })
    }

    /// Queues one line. Called under the store's lock, so that lines stand in the order of the changes.
    pub(crate) fn append(&self, line: &[u8], sync: bool) -> Ticket {
        let mut pending = self.queue.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if !line.is_empty() {
            pending.buffer.extend_from_slice(line);
            pending.lines += 1;
            pending.sync |= sync;
            self.queue.wake.notify_one();
        }
        Ticket {
            line: pending.lines,
            sync: sync && !line.is_empty(),
        }
    }

    /// Waits until the line is written (and on the disk, if that was asked for).
    pub(crate) async fn settle(&self, ticket: Ticket) -> Result<(), StoreError> {
        let mut progress = self.progress.clone();
        let reached = progress.wait_for(|progress| {
            if ticket.sync {
                progress.synced >= ticket.line
            } else {
                progress.written >= ticket.line
            }
        });
        match tokio::time::timeout(PATIENCE, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(StoreError::NotWritten),
        }
    }

    /// The last write failed and is being tried again: nothing new should be taken on.
    pub(crate) fn is_failing(&self) -> bool {
        self.progress.borrow().failing
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.queue
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closing = true;
        self.queue.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Writer {
    file: File,
    /// Where the last whole batch ends; a batch that fails half-way is cut back to here.
    length: u64,
    queue: Arc<Queue>,
    publish: watch::Sender<Progress>,
}

impl Writer {
    fn run(mut self) {
        self.length = self.file.seek(SeekFrom::End(0)).unwrap_or(0);
        while let Some((batch, lines, sync)) = self.next_batch() {
            if !self.persist(&batch, lines, sync) {
                return;
            }
        }
    }

    fn next_batch(&self) -> Option<(Vec<u8>, u64, bool)> {
        let mut pending = self.queue.pending.lock().unwrap_or_else(PoisonError::into_inner);
        while pending.buffer.is_empty() {
            if pending.closing {
                return None;
            }
            pending = self.queue.wake.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
        Some((
            std::mem::take(&mut pending.buffer),
            pending.lines,
            std::mem::take(&mut pending.sync),
        ))
    }

    /// Tries until it is done; `false` when the sandbox closes first.
    fn persist(&mut self, batch: &[u8], lines: u64, sync: bool) -> bool {
        loop {
            match self.write(batch, lines, sync) {
                Ok(()) => return true,
                Err(error) => {
                    tracing::error!(error = %error, "journal write failed, trying again");
                    self.publish.send_modify(|progress| progress.failing = true);
                    let pending = self.queue.pending.lock().unwrap_or_else(PoisonError::into_inner);
                    if pending.closing {
                        return false;
                    }
                    // Woken early by new lines or the end, which is as good a moment to try as any.
                    drop(self.queue.wake.wait_timeout(pending, RETRY));
                }
            }
        }
    }

    fn write(&mut self, batch: &[u8], lines: u64, sync: bool) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        if let Err(error) = self.file.write_all(batch) {
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        if sync {
            // Those who need no more than the write need not wait for the disk.
            self.publish.send_modify(|progress| progress.written = lines);
            self.file.sync_data()?;
        }
        self.length += batch.len() as u64;
        self.publish.send_modify(|progress| {
            *progress = Progress {
                written: lines,
                synced: if sync { lines } else { progress.synced },
                failing: false,
            };
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_in_the_file_when_their_ticket_settles() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let journal = Journal::start(File::create(&path).expect("a file")).expect("a thread");
        let first = journal.append(b"[1]\n", false);
        let second = journal.append(b"[2]\n", true);
        journal.settle(second).await.expect("on disk");
        journal.settle(first).await.expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "[1]\n[2]\n");
        journal.append(b"[3]\n", false);
        drop(journal);
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "[1]\n[2]\n[3]\n");
    }
}
