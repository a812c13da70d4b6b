//! Tests that run themselves in a process of their own.

use std::ffi::OsString;
use std::process::{Command, Output};

/// Set in a child, to the name of what it is to do.
const ROLE: &str = "SIMDACT_TEST_CHILD";

/// What this process is to do, if it is a child.
pub fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// A process that runs the test `name` of this binary alone, as a child that is to do `role`.
pub fn command(name: &str, role: &str) -> Command {
    let exe = std::env::current_exe().expect("a test knows itself");
    // Where cargo starts tests by a runner, such as an emulator, it stands in the variable of the target.
    let arch = std::env::consts::ARCH.to_uppercase();
    let runner = std::env::var(format!("CARGO_TARGET_{arch}_UNKNOWN_LINUX_GNU_RUNNER")).unwrap_or_default();
    let mut words = runner.split_whitespace().map(OsString::from).chain([exe.into_os_string()]);
    let mut command = Command::new(words.next().expect("there is at least the test"));
    command.args(words).args(["--exact", name, "--nocapture"]).env_remove("SIMDACT_BACKEND").env(ROLE, role);
    command
}

/// Runs a child to its end, which may be any.
pub fn run(command: &mut Command) -> (Output, String, String) {
    let output = command.output().expect("a test can start itself, or the runner does");
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    (output, stdout, stderr)
}

/// Runs a child that must succeed, and gives out what it wrote to stdout and stderr.
#[track_caller]
pub fn succeed(command: &mut Command) -> (String, String) {
    let (output, stdout, stderr) = run(command);
    assert!(output.status.success(), "{command:?}: {}\n{stdout}\n{stderr}", output.status);
    (stdout, stderr)
}
