//! What the dynamic library is called by programs that were linked with it, and that it stays loaded.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let (major, minor) = (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    // Versions that cannot take each other's place: as in Cargo, and as cargo-c names them.
    let version = if major == "0" { format!("0.{minor}") } else { major.to_owned() };
    if var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libsimdact.so.{version}");
        // The threads of the pool run its code until the process ends.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
