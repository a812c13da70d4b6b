//! Notes the compiler's version, which belongs to results.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    built::write_built_file().expect("OUT_DIR can be written");
}
