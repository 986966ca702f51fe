//! Tells the linker that the module stays in memory once it is loaded.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Applications close the library after C_Finalize, and a thread of PC/SC that was given up may come back later than that.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
