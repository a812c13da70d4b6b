//! The linker refuses what nobody defines, as it does for programs by itself.

fn main() {
    // Copying and clearing memory comes from the C library.
    println!("cargo::rustc-cdylib-link-arg=-Wl,--no-undefined");
    println!("cargo::rustc-cdylib-link-arg=-lc");
    println!("cargo::rerun-if-changed=build.rs");
}
