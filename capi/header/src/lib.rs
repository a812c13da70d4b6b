//! The header `simdact.h`, as cbindgen makes it of the package simdact-capi.

/// The header.
///
/// # Errors
/// Where the source cannot be read.
pub fn header() -> Result<String, Box<dyn std::error::Error>> {
    let package = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let config = cbindgen::Config::from_file(format!("{package}/cbindgen.toml"))?;
    let bindings = cbindgen::Builder::new().with_crate(package).with_config(config).generate()?;
    let mut header = Vec::new();
    bindings.write(&mut header);
    Ok(String::from_utf8(header)?)
}

#[cfg(test)]
mod tests {
    /// `UPDATE_EXPECT=1 cargo test -p simdact-header` writes it anew.
    #[test]
    fn the_committed_one_is_current() {
        let header = super::header().expect("it can be made");
        expect_test::expect_file!["../../include/simdact.h"].assert_eq(&header);
    }
}
