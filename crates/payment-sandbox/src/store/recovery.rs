//! Opening the state folder: lock, read the journal, write it anew without what is over, go on appending.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{
    Journal, StoreError,
    record::{Entry, Record},
    state::State,
};

const JOURNAL: &str = "journal.jsonl";
const FRESH: &str = "journal.jsonl.new";
const LOCK: &str = "lock";

/// The state as it was, the journal to append to, and the lock that is held as long as the file is.
pub(crate) fn open(folder: &Path, now: i64) -> Result<(State, Journal, File), StoreError> {
    let failed = |action: &'static str, path: PathBuf| move |cause| StoreError::Io { action, path, cause };
    fs::create_dir_all(folder).map_err(failed("make the folder", folder.to_owned()))?;
    let lock_path = folder.join(LOCK);
    let lock = private().open(&lock_path).map_err(failed("open", lock_path.clone()))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => return Err(StoreError::InUse(folder.to_owned())),
        Err(fs::TryLockError::Error(cause)) => return Err(failed("lock", lock_path)(cause)),
    }

    let path = folder.join(JOURNAL);
    let mut state = State::default();
    match File::open(&path) {
        Ok(file) => read(&path, file, &mut state)?,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(failed("read", path)(cause)),
    }
    state.forget_old(now, usize::MAX);
    crate::model::forget_unused_names();

    let fresh = folder.join(FRESH);
    let file = compact(&fresh, &state).map_err(failed("write", fresh.clone()))?;
    fs::rename(&fresh, &path).map_err(failed("replace", path.clone()))?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("sync", folder.to_owned()))?;
    let journal = Journal::start(file).map_err(failed("write", path))?;
    Ok((state, journal, lock))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn read(path: &Path, file: File, state: &mut State) -> Result<(), StoreError> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(|cause| StoreError::Io {
            action: "read",
            path: path.to_owned(),
            cause,
        })?;
        if length == 0 {
            break;
        }
        match serde_json::from_slice::<Vec<Record>>(&line) {
            Ok(records) => records.into_iter().for_each(|record| record.apply(state)),
            // Killed while writing: nobody was told that this line is safe.
            Err(_) if line.last() != Some(&b'\n') => {
                tracing::warn!(line = number, bytes = length, "journal ends in a torn line, left out");
            }
            Err(cause) => {
                return Err(StoreError::Damaged {
                    path: path.to_owned(),
                    line: number,
                    cause: cause.to_string(),
                });
            }
        }
    }
    Ok(())
}

/// The whole state as a journal, on the disk.
fn compact(path: &Path, state: &State) -> io::Result<File> {
    let file = private().open(path)?;
    file.set_len(0)?;
    let mut out = BufWriter::with_capacity(1 << 20, &file);
    let mut put = |entry: &Entry<'_>| -> io::Result<()> {
        out.write_all(b"[")?;
        serde_json::to_writer(&mut out, entry)?;
        out.write_all(b"]\n")
    };
    for document in [&state.customers, &state.products, &state.prices, &state.endpoints]
        .into_iter()
        .flat_map(|all| all.iter())
    {
        put(&Entry::Document(document))?;
    }
    for session in state.sessions.iter() {
        put(&Entry::Session(session))?;
    }
    for method in state.methods.iter() {
        put(&Entry::Method(method))?;
    }
    for intent in state.intents.iter() {
        put(&Entry::Intent(intent))?;
    }
    for charge in state.charges.iter() {
        put(&Entry::Charge(charge))?;
    }
    for refund in state.refunds.iter() {
        put(&Entry::Refund(refund))?;
    }
    // Deliveries before events: an event that is still to be delivered must not be dropped while reading.
    for delivery in state.deliveries.iter() {
        put(&Entry::Delivery(delivery))?;
    }
    for event in state.events.iter() {
        put(&Entry::Event(event))?;
    }
    for (key, saved) in state.idempotency.iter() {
        let current = match &saved.answer {
            super::SavedAnswer::Session(session) => state.sessions.get(&session.id),
            super::SavedAnswer::Body { .. } => None,
        };
        put(&Entry::answer(key, saved, current))?;
    }
    out.flush()?;
    drop(out);
    file.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Session;

    fn session(id: &str) -> String {
        format!(
            r#"[{{"session":{{"id":"{id}","created":1,"expires_at":9,"status":"open","currency":"mxn","lines":[],"success_url":"http://x/"}}}}]"#
        )
    }

    fn ids(state: &State) -> Vec<&str> {
        state
            .sessions
            .iter()
            .map(|session: &std::sync::Arc<Session>| &*session.id)
            .collect()
    }

    #[test]
    fn a_torn_last_line_is_left_out_and_the_rest_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let whole = format!("{}\n{}\n", session("cs_test_1"), session("cs_test_2"));
        let torn = session("cs_test_3");
        fs::write(
            folder.path().join(JOURNAL),
            format!("{whole}{}", &torn[..torn.len() / 2]),
        )
        .expect("written");
        let (state, journal, lock) = open(folder.path(), 0).expect("opens");
        assert_eq!(ids(&state), ["cs_test_1", "cs_test_2"]);
        drop((journal, lock));
        let (state, ..) = open(folder.path(), 0).expect("opens again");
        assert_eq!(ids(&state), ["cs_test_1", "cs_test_2"]);
    }

    #[test]
    fn damage_in_the_middle_is_an_error_that_names_the_line() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(
            folder.path().join(JOURNAL),
            format!("{}\nnonsense\n", session("cs_test_1")),
        )
        .expect("written");
        assert!(matches!(
            open(folder.path(), 0),
            Err(StoreError::Damaged { line: 2, .. })
        ));
    }

    #[test]
    fn a_folder_serves_one_sandbox() {
        let folder = tempfile::tempdir().expect("a folder");
        let _first = open(folder.path(), 0).expect("opens");
        assert!(matches!(open(folder.path(), 0), Err(StoreError::InUse(_))));
    }
}
