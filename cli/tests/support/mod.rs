//! Runs the built command in a folder of its own and looks at everything it leaves behind.
#![allow(dead_code, reason = "each test file uses a part")]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The command under test, built with the feature `fault-injection`.
pub(crate) const CHOP: &str = env!("CARGO_BIN_EXE_chop");

/// Longer than any single run; a run that takes it hangs.
const TOO_LONG: Duration = Duration::from_secs(300);

/// A temporary folder, removed on drop.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("chop-test-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            match fs::create_dir(&path) {
                Ok(()) => return Self(path),
                // A run that was killed has left it.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => panic!("{}: {error}", path.display()),
            }
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        let metadata = fs::symlink_metadata(self.path(name)).unwrap();
        metadata.permissions().mode() & 0o7777
    }

    pub(crate) fn remove(&self, names: &[&str]) {
        for name in names {
            fs::remove_file(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    /// Every name, hidden ones too, with the contents of the files: two are equal if nothing happened in between.
    pub(crate) fn snapshot(&self) -> BTreeMap<OsString, Option<Vec<u8>>> {
        fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let regular = entry.file_type().unwrap().is_file();
                let contents = regular.then(|| fs::read(entry.path()).unwrap());
                (entry.file_name(), contents)
            })
            .collect()
    }

    /// Puts the files back as they were, and removes those that were not there.
    pub(crate) fn restore(&self, before: &BTreeMap<OsString, Option<Vec<u8>>>) {
        for name in self
            .snapshot()
            .into_keys()
            .filter(|name| !before.contains_key(name))
        {
            fs::remove_file(self.0.join(name)).unwrap();
        }
        for (name, contents) in before {
            if let Some(contents) = contents {
                fs::write(self.0.join(name), contents).unwrap();
            }
        }
    }

    /// The temporary files that the command forgot.
    pub(crate) fn leftovers(&self) -> Vec<OsString> {
        let temporary = |name: &OsString| {
            name.as_encoded_bytes().ends_with(b".tmp") && name.as_encoded_bytes()[0] == b'.'
        };
        self.snapshot().into_keys().filter(temporary).collect()
    }

    /// A command line to run in this folder.
    pub(crate) fn chop<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Chop {
        let args = args
            .into_iter()
            .map(|arg| arg.as_ref().to_owned())
            .collect();
        Chop::new(CHOP.as_ref(), args, &self.0)
    }

    /// The same, written as one line without quotes.
    pub(crate) fn line(&self, line: &str) -> Chop {
        self.chop(line.split_whitespace())
    }

    /// A line for `sh`, which finds the command as `chop`.
    pub(crate) fn shell(&self, line: &str) -> Chop {
        let bin = Path::new(CHOP).parent().unwrap().display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        Chop::new("sh".as_ref(), vec!["-c".into(), line.into()], &self.0)
            .env("PATH", &format!("{bin}:{path}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A run to be made.
pub(crate) struct Chop {
    command: Command,
    line: String,
    stdin: Vec<u8>,
}

impl Chop {
    fn new(program: &OsStr, args: Vec<OsString>, folder: &Path) -> Self {
        let words: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
        let line = words.join(" ");
        let mut command = Command::new(program);
        command
            .args(&args)
            .current_dir(folder)
            .env_remove("CHOP_FAULT")
            .env_remove("CHOP_POLICY")
            .env_remove("CHOP_KEYRING")
            .env_remove("CHOP_UNLOCK_FILE")
            // Nobody's own keyring plays a part.
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("COLUMNS", "100")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            command,
            line,
            stdin: Vec::new(),
        }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn fault(self, name: &str) -> Self {
        self.env("CHOP_FAULT", name)
    }

    /// What stands on standard input; nothing if this is not called.
    pub(crate) fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    pub(crate) fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    pub(crate) fn run(mut self) -> Run {
        let mut child = self.command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writer = thread::spawn(move || {
            // The command need not read what it is given.
            let _ = stdin.write_all(&self.stdin);
        });
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let status = wait(&mut child, &self.line);
        writer.join().unwrap();
        Run {
            line: self.line,
            status,
            stdout: stdout.join().unwrap(),
            stderr: stderr.join().unwrap(),
        }
    }

    /// Runs it and expects exit status 0.
    pub(crate) fn ok(self) -> Run {
        self.ends(0)
    }

    pub(crate) fn ends(self, status: i32) -> Run {
        let run = self.run();
        assert_eq!(run.status, status, "{run}");
        run
    }

    /// Runs it and expects this exit status, this one line on standard error, and nothing on standard output.
    pub(crate) fn fails(self, status: i32, line: &str) -> Run {
        let run = self.ends(status);
        assert_eq!(
            run.err(),
            format!("chop: error: {line}\n"),
            "chop {}",
            run.line
        );
        assert!(run.stdout.is_empty(), "{run}");
        run
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).unwrap();
        }
        bytes
    })
}

fn wait(child: &mut Child, line: &str) -> i32 {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            // A signal is no exit status: nothing that a test expects.
            return status.code().unwrap_or(-1);
        }
        if start.elapsed() > TOO_LONG {
            let _ = child.kill();
            panic!("chop {line}: hangs");
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// What a run gave.
pub(crate) struct Run {
    pub(crate) line: String,
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Run {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The one line of JSON on standard output, with nothing on standard error.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.err(), "", "{self}");
        assert_eq!(self.text().matches('\n').count(), 1, "{self}");
        let value: Value = serde_json::from_slice(&self.stdout).unwrap();
        assert_eq!(value["v"], 1, "{self}");
        value
    }

    /// The error of `--json`, put together again as the line that is written without it.
    pub(crate) fn json_error(&self) -> String {
        let value = self.json();
        let error = &value["error"];
        assert_eq!(error["exit"], self.status, "{self}");
        assert!(error["code"].is_string(), "{self}");
        let field = |name: &str| error[name].as_str();
        let mut line = String::new();
        if let Some(place) = field("where") {
            line += &format!("{place}: ");
        }
        line += field("what").unwrap();
        match (field("expected"), field("got")) {
            (Some(expected), Some(got)) => line += &format!(": expected {expected}, got {got}"),
            (Some(expected), None) => line += &format!(": expected {expected}"),
            (None, Some(got)) => line += &format!(": {got}"),
            (None, None) => {}
        }
        line
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "chop {} -> {}\nstdout: {}\nstderr: {}",
            self.line,
            self.status,
            self.text(),
            self.err()
        )
    }
}

/// The rows of `chop algorithms --json`.
pub(crate) fn rows() -> Vec<Value> {
    let table = Folder::new().line("algorithms --json").ok().json();
    table["algorithms"].as_array().unwrap().clone()
}

/// A command on a terminal of its own, for what only happens there.
pub(crate) struct Terminal {
    child: Child,
    stdin: std::process::ChildStdin,
    seen: Arc<Mutex<Vec<u8>>>,
    reader: thread::JoinHandle<()>,
    /// Holds the name of the terminal.
    notes: Folder,
}

impl Terminal {
    /// Starts `chop ARGS` with both standard input and standard output on a new terminal.
    ///
    /// `None`, with the reason printed, where neither `script` nor Python can make a terminal; in CI that is a failure.
    pub(crate) fn start(folder: &Folder, args: &str) -> Option<Self> {
        const PYTHON: &str = "import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(['sh','-c',sys.argv[1]])))";
        let notes = Folder::new();
        let name = notes.path("tty");
        let line = format!("tty > '{}'; exec '{CHOP}' {args}", name.display());
        let tries: [(&str, &[&str]); 2] = [
            ("script", &["-q", "-e", "-c", &line, "/dev/null"]),
            ("python3", &["-c", PYTHON, &line]),
        ];
        for (program, args) in tries {
            let spawned = Command::new(program)
                .args(args)
                .current_dir(&folder.0)
                .env_remove("CHOP_FAULT")
                .env_remove("CHOP_POLICY")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn();
            if let Ok(child) = spawned {
                return Some(Self::watch(child, notes));
            }
        }
        let reason = "neither script(1) nor python3 is here to make a terminal";
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "{reason}"
        );
        #[allow(
            clippy::print_stderr,
            reason = "a test that does not run has to say so"
        )]
        {
            eprintln!("skipped: {reason}");
        }
        None
    }

    fn watch(mut child: Child, notes: Folder) -> Self {
        let stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&seen);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(n @ 1..) = stdout.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..n]);
            }
        });
        Self {
            child,
            stdin,
            seen,
            reader,
            notes,
        }
    }

    /// Waits until `prompt` stands there and what is typed is not shown, then types `answer` and the return key.
    pub(crate) fn answer(&mut self, prompt: &str, answer: &str) {
        self.wait_for(prompt, |terminal| terminal.is_silent());
        self.type_line(answer);
    }

    /// The same as soon as `prompt` stands there, as a program does that types for somebody.
    pub(crate) fn answer_at_once(&mut self, prompt: &str, answer: &str) {
        self.wait_for(prompt, |_| true);
        self.type_line(answer);
    }

    fn wait_for(&self, prompt: &str, ready: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !(self.text().contains(prompt) && ready(self)) {
            let text = self.text();
            assert!(start.elapsed() < TOO_LONG, "no {prompt:?} in {text:?}");
            thread::sleep(Duration::from_micros(200));
        }
    }

    fn type_line(&mut self, line: &str) {
        let line = format!("{line}\n");
        self.stdin.write_all(line.as_bytes()).unwrap();
        self.stdin.flush().unwrap();
    }

    /// Whether the terminal does not show what is typed.
    fn is_silent(&self) -> bool {
        let name = String::from_utf8(self.notes.read("tty")).unwrap();
        let modes = Command::new("stty")
            .args(["-a", "-F", name.trim()])
            .output();
        let modes = String::from_utf8(modes.unwrap().stdout).unwrap();
        modes.split_whitespace().any(|mode| mode == "-echo")
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    /// The exit status, and everything that stood on the terminal.
    pub(crate) fn end(mut self) -> (i32, String) {
        let status = wait(&mut self.child, "on a terminal");
        drop(self.stdin);
        self.reader.join().unwrap();
        let seen = self.seen.lock().unwrap();
        let text = String::from_utf8_lossy(&seen).replace("\r\n", "\n");
        (status, text)
    }
}

/// DER, for files that the command never writes.
pub(crate) mod der {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: &[u8] = &[5, 0];
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const SEQUENCE: u8 = 0x30;

    pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let contents = parts.concat();
        let length = contents.len().to_be_bytes();
        let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
        let mut out = vec![tag];
        match contents.len() {
            short @ 0..0x80 => out.push(u8::try_from(short).unwrap()),
            _ => {
                out.push(0x80 | u8::try_from(significant.len()).unwrap());
                out.extend_from_slice(significant);
            }
        }
        out.extend(contents);
        out
    }

    pub(crate) fn integer(value: u64) -> Vec<u8> {
        let bytes = value.to_be_bytes();
        let zeroes = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
        let significant = &bytes[zeroes..];
        let sign: &[u8] = if significant[0] >= 0x80 { &[0] } else { &[] };
        tlv(INTEGER, &[sign, significant])
    }

    pub(crate) fn oid(dotted: &str) -> Vec<u8> {
        let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
        let mut contents = Vec::new();
        for arc in std::iter::once(arcs[0] * 40 + arcs[1]).chain(arcs[2..].iter().copied()) {
            let sevens = (1..10).find(|n| arc >> (7 * n) == 0).unwrap();
            for i in (0..sevens).rev() {
                let more = if i == 0 { 0 } else { 0x80 };
                contents.push(u8::try_from(arc >> (7 * i) & 0x7f).unwrap() | more);
            }
        }
        tlv(OID, &[&contents])
    }

    /// A PrivateKeyInfo with `parameters` after the identifier.
    pub(crate) fn private_key(identifier: &str, parameters: &[u8], contents: &[u8]) -> Vec<u8> {
        let algorithm = tlv(SEQUENCE, &[&oid(identifier), parameters]);
        let contents = tlv(OCTET_STRING, &[contents]);
        tlv(SEQUENCE, &[&integer(0), &algorithm, &contents])
    }

    /// A SubjectPublicKeyInfo with `parameters` after the identifier.
    pub(crate) fn public_key(identifier: &str, parameters: &[u8], key: &[u8]) -> Vec<u8> {
        let algorithm = tlv(SEQUENCE, &[&oid(identifier), parameters]);
        let bits = tlv(BIT_STRING, &[&[0], key]);
        tlv(SEQUENCE, &[&algorithm, &bits])
    }

    /// An EncryptedPrivateKeyInfo of PBES2 with this key derivation, AES-256-CBC, and noise inside.
    pub(crate) fn encrypted(derivation: &[u8]) -> Vec<u8> {
        let iv = tlv(OCTET_STRING, &[&[7; 16]]);
        let cipher = tlv(SEQUENCE, &[&oid("2.16.840.1.101.3.4.1.42"), &iv]);
        let parameters = tlv(SEQUENCE, &[derivation, &cipher]);
        let scheme = tlv(SEQUENCE, &[&oid("1.2.840.113549.1.5.13"), &parameters]);
        tlv(SEQUENCE, &[&scheme, &tlv(OCTET_STRING, &[&[9; 64]])])
    }

    pub(crate) fn pbkdf2(iterations: u64) -> Vec<u8> {
        let hmac_sha256 = tlv(SEQUENCE, &[&oid("1.2.840.113549.2.9"), NULL]);
        let salt = tlv(OCTET_STRING, &[&[8; 16]]);
        let parameters = tlv(SEQUENCE, &[&salt, &integer(iterations), &hmac_sha256]);
        tlv(SEQUENCE, &[&oid("1.2.840.113549.1.5.12"), &parameters])
    }

    pub(crate) fn scrypt(n: u64, r: u64, p: u64) -> Vec<u8> {
        let salt = tlv(OCTET_STRING, &[&[8; 16]]);
        let parameters = tlv(SEQUENCE, &[&salt, &integer(n), &integer(r), &integer(p)]);
        tlv(SEQUENCE, &[&oid("1.3.6.1.4.1.11591.4.11"), &parameters])
    }
}
