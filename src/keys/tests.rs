//! The key store: sealed, shared, crash-safe, and without a trace of what was erased (T14).

use super::*;
use crate::profile::KnownBy;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A key store in a folder of its own, opened by a key file's secret (a passphrase takes its time).
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().expect("a folder") };
        KeyStore::create(&place.path(), &key(1)).expect("a store");
        place
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    fn open(&self) -> KeyStore {
        KeyStore::open(&self.path(), &key(1)).expect("opens")
    }

    /// Every byte of the store's files.
    fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(self.folder.path()).expect("a folder").flatten() {
            all.extend(std::fs::read(entry.path()).expect("readable"));
        }
        all
    }
}

fn key(byte: u8) -> Lock {
    Lock::KeyFile(Zeroizing::new([byte; 32]))
}

fn passphrase(text: &str) -> Lock {
    Lock::Passphrase(Zeroizing::new(text.to_owned()))
}

fn subject(id: &str) -> SourceSubject {
    SourceSubject::new("", KnownBy::Id { issuer: "Hospital A".to_owned(), id: id.to_owned() })
}

fn pseudonym(keys: &Keys, id: &str) -> String {
    keys.grant(&subject(id), "RD-").expect("a grant").identity.pseudonym("RD-", &subject(id))
}

fn has(whole: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(whole, part).is_some()
}

/// the same subject gets the same identifiers in every run, another subject others; no other store gives them.
#[test]
fn a_subject_keeps_its_identity_over_runs() {
    let place = Place::new();
    let (one, two) = (Keys::from_store(place.open()), Keys::from_store(place.open()));
    assert_eq!(pseudonym(&one, "P-1"), pseudonym(&two, "P-1"));
    assert_ne!(pseudonym(&one, "P-1"), pseudonym(&one, "P-2"));
    let uid = |keys: &Keys, id: &str| keys.grant(&subject(id), "").expect("a grant").identity.uid("1.2.3.4");
    assert_eq!(uid(&one, "P-1"), uid(&two, "P-1"));
    assert_ne!(uid(&one, "P-1"), uid(&one, "P-2"), "a UID is mapped with the salt of its own subject");
    let before = pseudonym(&one, "P-1");
    drop((one, two));
    assert_eq!(before, pseudonym(&Keys::from_store(place.open()), "P-1"));
    let other = Place::new();
    assert_ne!(before, pseudonym(&Keys::from_store(other.open()), "P-1"));
}

/// nobody else may read the store, nothing readable is in it, and what does not look right is refused.
#[test]
fn the_store_is_closed_to_others_and_sealed() {
    let place = Place::new();
    let store = Keys::from_store(place.open());
    let name = pseudonym(&store, "PID-0042-77");
    let grant = store.grant(&subject("PID-0042-77"), "RD-").expect("a grant");
    store.record(&grant, "2.25.1234567890").expect("recorded");
    for entry in std::fs::read_dir(place.folder.path()).expect("a folder").flatten() {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(entry.metadata().expect("facts").permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        }
    }
    let bytes = place.bytes();
    for secret in ["PID-0042-77", "Hospital A", "2.25.1234567890", &name] {
        assert!(!has(&bytes, secret.as_bytes()), "{secret} is readable");
    }
    drop(store);
    assert_eq!(KeyStore::create(&place.path(), &key(1)), Err(StoreError::Exists));
    assert_eq!(KeyStore::open(&place.folder.path().join("none"), &key(1)).err(), Some(StoreError::Missing));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |mode| std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(mode)).expect("chmod");
        for open in [0o640, 0o604, 0o620, 0o601] {
            mode(open);
            assert_eq!(KeyStore::open(&place.path(), &key(1)).err(), Some(StoreError::OpenToOthers(open)));
        }
        mode(0o600);
        let link = place.folder.path().join("link");
        std::os::unix::fs::symlink(place.path(), &link).expect("a link");
        assert_eq!(KeyStore::open(&link, &key(1)).err(), Some(StoreError::Link));
        assert_eq!(KeyStore::create(&link, &key(1)), Err(StoreError::Exists));
    }
    let text = place.folder.path().join("text");
    std::fs::write(&text, "no database at all, but long enough to be taken for one by its length").expect("a file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&text, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    }
    assert_eq!(KeyStore::open(&text, &key(1)).err(), Some(StoreError::NotAStore));
}

/// T14: a wrong passphrase opens nothing, and `rotate` changes what opens the store but no pseudonym.
#[test]
fn only_the_right_secret_opens_and_it_can_be_changed() {
    let place = Place::new();
    let store = place.open();
    let (id, keys) = (store.key_id().to_owned(), Keys::from_store(store));
    let before = pseudonym(&keys, "P-1");
    assert_eq!(KeyStore::open(&place.path(), &key(2)).err(), Some(StoreError::WrongSecret));
    assert_eq!(KeyStore::open(&place.path(), &passphrase("correct horse")).err(), Some(StoreError::NeedsKeyFile));
    let old = std::fs::read(place.path()).expect("readable");
    place.open().rotate(&passphrase("corre\u{301}ct horse")).expect("rotates");
    assert_eq!(KeyStore::open(&place.path(), &key(1)).err(), Some(StoreError::NeedsPassphrase));
    assert_eq!(KeyStore::open(&place.path(), &passphrase("correct horse")).err(), Some(StoreError::WrongSecret));
    let again = KeyStore::open(&place.path(), &passphrase("corr\u{e9}ct horse")).expect("accents may be composed");
    assert_eq!(again.key_id(), id);
    assert_eq!(pseudonym(&Keys::from_store(again), "P-1"), before);
    // The old wrapping is overwritten, or the old secret would open a copy of the file.
    let wrapped = b"key-file salt=";
    assert!(has(&old, wrapped) && !has(&place.bytes(), wrapped));
}

/// T14: rows are bound to their place and cannot be changed, moved or made up.
#[test]
fn a_changed_row_is_noticed() {
    let place = Place::new();
    let keys = Keys::from_store(place.open());
    let _ = (pseudonym(&keys, "P-1"), pseudonym(&keys, "P-2"));
    drop(keys);
    let tamper = |sql: &str| Connection::open(place.path()).expect("opens").execute_batch(sql).expect("changes");
    tamper("UPDATE subject SET sealed = (SELECT s.sealed FROM subject s WHERE s.lookup <> subject.lookup)");
    // The row that was changed first has the other's now, and the other may have got its own back.
    let moved = |id: &str| Keys::from_store(place.open()).grant(&subject(id), "RD-").err();
    let errors: Vec<Error> = ["P-1", "P-2"].into_iter().filter_map(moved).collect();
    assert!(
        !errors.is_empty() && errors.iter().all(|e| e.reason == Reason::KeyStore && e.detail.contains("damaged")),
        "{errors:?}"
    );
    tamper("UPDATE subject SET sealed = x'00'");
    assert_eq!(Keys::from_store(place.open()).grant(&subject("P-1"), "").expect_err("cut").reason, Reason::KeyStore);
    tamper("UPDATE store SET kdf = 'argon2id m=4294967295 t=4294967295 salt=00'");
    let greedy = KeyStore::open(&place.path(), &passphrase("correct horse"));
    assert!(matches!(greedy.err(), Some(StoreError::Damaged(_))), "a header may not ask for all the memory");
    tamper("PRAGMA user_version = 2");
    assert_eq!(KeyStore::open(&place.path(), &key(1)).err(), Some(StoreError::Newer));
}

/// T14: many at once agree, whoever comes first.
#[test]
fn threads_with_stores_of_their_own_agree() {
    let place = Place::new();
    let names: Vec<Vec<String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let keys = Keys::from_store(place.open());
                    (0..25)
                        .map(|n| {
                            let grant = keys.grant(&subject(&format!("P-{n}")), "RD-").expect("a grant");
                            keys.record(&grant, &format!("2.25.{n}")).expect("recorded");
                            grant.identity.pseudonym("RD-", &subject(&format!("P-{n}")))
                        })
                        .collect()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(names.iter().all(|other| *other == names[0]));
    let store = place.open();
    let exported = store.export().expect("exports");
    assert_eq!(exported.len(), 25);
    assert!(exported.iter().all(|row| row.issuer == "Hospital A" && row.kind == "id" && names[0].contains(&row.pseudonym)));
    let found = store.find("P-7").expect("finds");
    assert_eq!((found.len(), found[0].runs.len()), (1, 8), "one line a run");
    assert!(found[0].runs.iter().all(|run| run.study == "2.25.7" && run.instances == 1));
    assert_eq!(store.find(&found[0].pseudonym).expect("finds"), found);
}

/// T14: a process that dies leaves what it had committed, and no half of a change.
#[test]
fn a_crash_loses_nothing_that_was_granted() {
    let place = Place::new();
    let keys = Keys::from_store(place.open());
    let before = pseudonym(&keys, "P-1");
    keys.record(&keys.grant(&subject("P-1"), "RD-").expect("a grant"), "2.25.1").expect("recorded");
    // A copy of the files while the process still has them open is what a crash leaves.
    let crashed = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(place.folder.path()).expect("a folder").flatten() {
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), crashed.path().join(entry.file_name())).expect("a copy");
        }
    }
    // Bytes of a transaction that did not get to its end.
    let log = crashed.path().join("keys-wal");
    let mut bytes = std::fs::read(&log).expect("a log");
    let half = bytes[bytes.len() - 2000..].to_vec();
    bytes.extend(half);
    std::fs::write(&log, bytes).expect("a log");
    let store = KeyStore::open(&crashed.path().join("keys"), &key(1)).expect("opens");
    assert_eq!(store.find("P-1").expect("finds")[0].runs.len(), 1, "the study was told before its outputs got names");
    assert_eq!(pseudonym(&Keys::from_store(store), "P-1"), before);
    let whole: String = Connection::open(crashed.path().join("keys"))
        .expect("opens")
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("checks");
    assert_eq!(whole, "ok");
}

/// Writes something that looks like an output, or like a source.
fn output(path: &Path, patient: &str, study: &str, removed: &str) {
    use dicom_core::{DataElement, Tag, VR, dicom_value};
    use dicom_object::InMemDicomObject;
    use dicom_object::meta::FileMetaTableBuilder;
    let text = |group, element, vr, value: &str| DataElement::new(Tag(group, element), vr, dicom_value!(Str, value));
    let object = InMemDicomObject::from_element_iter([
        text(0x0008, 0x0016, VR::UI, "1.2.840.10008.5.1.4.1.1.2"),
        text(0x0008, 0x0018, VR::UI, "1.2.3"),
        text(0x0010, 0x0020, VR::LO, patient),
        text(0x0012, 0x0062, VR::CS, removed),
        text(0x0020, 0x000D, VR::UI, study),
    ]);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    let file = object.with_meta(FileMetaTableBuilder::new().transfer_syntax("1.2.840.10008.1.2.1")).expect("meta");
    file.write_to_file(path).expect("an output");
}

/// outputs are found by what is in them and deleted, the row leaves no trace, a later run gives a new pseudonym, and
/// the tombstone identifies nobody.
#[test]
fn an_erased_subject_leaves_no_trace() {
    let place = Place::new();
    let keys = Keys::from_store(place.open());
    let (name, other) = (pseudonym(&keys, "P-1"), pseudonym(&keys, "P-2"));
    let grant = keys.grant(&subject("P-1"), "RD-").expect("a grant");
    keys.record(&grant, "2.25.77").expect("recorded");
    let out = tempfile::tempdir().expect("a folder");
    let file = |name: &str| out.path().join(name);
    output(&file(&format!("{name}/s/1.dcm")), &name, "2.25.5", "YES");
    output(&file("elsewhere/2.dcm"), "REDACTED", "2.25.77", "YES");
    output(&file("kept/other.dcm"), &other, "2.25.78", "YES");
    output(&file("kept/source.dcm"), "P-1", "2.25.77", "NO");
    std::fs::write(file("kept/notes.txt"), "text").expect("a file");
    let store = place.open();
    let (lookup, sealed): (Vec<u8>, Vec<u8>) = {
        let db = Connection::open(place.path()).expect("opens");
        let all: i64 = db.query_row("SELECT count(*) FROM subject", [], |row| row.get(0)).expect("counts");
        assert_eq!(all, 2);
        let row = store.rows().expect("rows").into_iter().find(|row| row.1.pseudonym == name).expect("a row");
        let sealed = db.query_row("SELECT sealed FROM subject WHERE lookup = ?", [row.0], |row| row.get(0)).expect("a row");
        (row.0.to_vec(), sealed)
    };
    assert!(has(&place.bytes(), &lookup) && has(&place.bytes(), &sealed));
    let found = store.find_one("P-1").expect("one subject");
    let how = Erasure { outputs: vec![out.path().to_owned()], suppress: false, law: Law::Gdpr };
    assert_eq!(matching(&how.outputs, &found).expect("looks").files.len(), 2);
    let done = store.erase(&found, &how).expect("erases");
    assert_eq!((done.files.files.len(), done.files.unreadable.len(), done.traces_left), (2, 0, false));
    let left: Vec<_> = std::fs::read_dir(out.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["kept"], "empty folders go: their names are pseudonyms");
    assert_eq!(std::fs::read_dir(file("kept")).expect("a folder").count(), 3, "other subjects and sources stay");
    // While the first connection is still open.
    let bytes = place.bytes();
    assert!(!has(&bytes, &lookup) && !has(&bytes, &sealed[..24]) && !has(&bytes, &sealed[24..]), "a trace of the row");
    assert_eq!(store.find_one("P-1").err(), Some(StoreError::NoSuchSubject));
    let refused = keys.record(&grant, "2.25.79").expect_err("an output under an erased salt");
    assert_eq!(refused.reason, Reason::SubjectErased);
    assert_ne!(pseudonym(&keys, "P-1"), name, "a rerun gives a new pseudonym");
    assert_eq!(pseudonym(&keys, "P-2"), other);
    let db = Connection::open(place.path()).expect("opens");
    let tomb: (String, String, String, i64) = db
        .query_row("SELECT id, day, law, instances_deleted FROM tombstone", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .expect("one tombstone");
    assert_eq!((tomb.0.as_str(), tomb.1.as_str(), tomb.2.as_str(), tomb.3), (&*done.tombstone, &*done.day, "gdpr", 2));
}

/// holding the master key and the Patient ID is not enough once the salt is gone; dates cannot be derived again either.
#[test]
fn the_key_and_the_id_do_not_give_the_pseudonym_again() {
    let place = Place::new();
    let store = place.open();
    let master = *store.key;
    let keys = Keys::from_store(store);
    let grant = keys.grant(&subject("P-1"), "RD-").expect("a grant");
    let made = |identity: &Identity| {
        (identity.pseudonym("RD-", &subject("P-1")), identity.uid("1.2.3"), identity.shift_days(30, 3_000_000, &subject("P-1")))
    };
    let (was, bare) = (made(&grant.identity), made(&Identity::new(master)));
    assert!(was.0 != bare.0 && was.1 != bare.1 && was.2 != bare.2);
    let how = Erasure { outputs: Vec::new(), suppress: false, law: Law::Other };
    let store = place.open();
    store.erase(&store.find_one("P-1").expect("one"), &how).expect("erases");
    let again = made(&keys.grant(&subject("P-1"), "RD-").expect("a grant").identity);
    assert!(was.0 != again.0 && was.1 != again.1 && was.2 != again.2);
}

/// a subject that objected does not come out again, others do; and several that one ID means are not guessed at.
#[test]
fn a_suppressed_subject_is_withheld() {
    let place = Place::new();
    let keys = Keys::from_store(place.open());
    let _ = (pseudonym(&keys, "P-1"), pseudonym(&keys, "P-2"));
    let twin = SourceSubject::new("", KnownBy::Id { issuer: "Hospital B".to_owned(), id: "P-2".to_owned() });
    keys.grant(&twin, "RD-").expect("a grant");
    let store = place.open();
    assert_eq!(store.find_one("P-2").err(), Some(StoreError::SeveralSubjects(2)));
    let how = Erasure { outputs: Vec::new(), suppress: true, law: Law::Gdpr };
    store.erase(&store.find_one(" P-1 ").expect("one"), &how).expect("erases");
    for keys in [&keys, &Keys::from_store(place.open())] {
        let refused = keys.grant(&subject("P-1"), "RD-").expect_err("suppressed");
        assert_eq!(refused.reason, Reason::SubjectErased);
        assert!(!refused.to_string().contains("P-1"));
        assert!(keys.grant(&subject("P-2"), "RD-").is_ok() && keys.grant(&subject("P-3"), "RD-").is_ok());
    }
}

/// T14: an erasure that was cut off refuses the subject until it is finished.
#[cfg(unix)]
#[test]
fn an_unfinished_erasure_refuses_the_subject_and_goes_on() {
    let place = Place::new();
    let keys = Keys::from_store(place.open());
    let name = pseudonym(&keys, "P-1");
    let out = tempfile::tempdir().expect("a folder");
    output(&out.path().join("a/1.dcm"), &name, "2.25.5", "YES");
    let store = place.open();
    let found = store.find_one("P-1").expect("one");
    let gone = Erasure { outputs: vec![out.path().join("not there")], suppress: false, law: Law::Gdpr };
    assert!(store.erase(&found, &gone).is_err());
    assert_eq!(keys.grant(&subject("P-1"), "RD-").expect_err("being erased").reason, Reason::SubjectErased);
    let found = store.find_one("P-1").expect("still there to be found");
    let done = store.erase(&found, &Erasure { outputs: vec![out.path().to_owned()], ..gone }).expect("erases");
    assert_eq!(done.files.files.len(), 1);
    assert_ne!(pseudonym(&keys, "P-1"), name);
}

/// an ephemeral key is new in every run, is written nowhere, and says that it is not kept.
#[test]
fn an_ephemeral_key_is_never_the_same() {
    let (one, two) = (Keys::ephemeral().expect("random"), Keys::ephemeral().expect("random"));
    assert_eq!(pseudonym(&one, "P-1"), pseudonym(&one, "P-1"));
    assert_ne!(pseudonym(&one, "P-1"), pseudonym(&two, "P-1"));
    assert!(!one.are_kept() && Keys::from_secret([1; 32]).are_kept());
    assert_eq!(format!("{one:?}"), "Keys(ephemeral)");
}
