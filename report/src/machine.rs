//! The machine, the versions, and the date.

use std::fs;
use std::path::Path;
use std::process::Command;

use maud::{Markup, html};
use simdact::{Backend, Kernels};
use sysinfo::System;

use crate::page::Section;
use crate::processor::processor;

/// What belongs to every number of the page.
pub struct Machine {
    /// As the results in `peers/` name it.
    pub processor: String,
    pub logical: usize,
    pub physical: Option<usize>,
    /// Bytes: all, and what is free for a measurement.
    pub memory: u64,
    pub free: u64,
    pub caches: Vec<String>,
    /// How many threads others kept busy, at the beginning.
    pub load: f64,
    pub system: String,
    pub backends: Vec<Backend>,
    pub default: Backend,
    pub versions: Vec<(&'static str, String)>,
    pub date: String,
}

/// The load from which on it is said that times are not to be trusted.
const BUSY: f64 = 0.3;

/// What the build script noted.
mod built {
    include!(concat!(env!("OUT_DIR"), "/built.rs"));
}

impl Machine {
    /// This one.
    pub fn detect() -> Machine {
        let mut system = System::new();
        system.refresh_memory();
        let now = time::OffsetDateTime::now_utc();
        Machine {
            processor: processor().unwrap_or_else(brand),
            logical: threads(),
            physical: System::physical_core_count(),
            memory: system.total_memory(),
            free: system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory).min(system.available_memory()),
            caches: caches(),
            load: load(),
            system: System::long_os_version().unwrap_or_else(|| std::env::consts::OS.into()),
            backends: Backend::available().collect::<Vec<_>>().into_iter().rev().collect(),
            default: Kernels::default().backend(),
            versions: versions(),
            date: format!("{} {:02}:{:02} UTC", now.date(), now.hour(), now.minute()),
        }
    }

    /// The part of the page.
    pub fn section(&self) -> Section {
        Section { id: "machine", title: "The machine", body: self.body() }
    }

    fn body(&self) -> Markup {
        let cores = match self.physical {
            Some(physical) => format!("{physical}, with {} threads to run on", self.logical),
            None => format!("{} threads to run on", self.logical),
        };
        html! {
            dl.facts {
                dt { "Processor" } dd { (self.processor) " (" (std::env::consts::ARCH) ")" }
                dt { "Cores" } dd { (cores) }
                @if !self.caches.is_empty() { dt { "Caches" } dd { (self.caches.join(", ")) } }
                dt { "Memory" } dd { (format!("{:.1} GiB", self.memory as f64 / f64::from(1 << 30))) }
                dt { "System" } dd { (self.system) }
                @if self.load > BUSY {
                    dt { "Load" } dd {
                        strong { (format!("{:.1}", self.load)) } " threads were busy when it began: other programs were \
                        running, and times are larger than they would be without them"
                    }
                }
                dt { "Backends" } dd {
                    @for (i, backend) in self.backends.iter().enumerate() {
                        @if i > 0 { ", " }
                        @if *backend == self.default { strong { (backend) " (default)" } } @else { (backend) }
                    }
                }
                @for (name, version) in &self.versions { dt { (name) } dd { (version) } }
                dt { "Date" } dd { (self.date) }
            }
        }
    }
}

/// How many threads may run at once.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What the processor is called where Linux does not tell.
fn brand() -> String {
    let mut system = System::new();
    system.refresh_cpu_all();
    let brand = system.cpus().first().map(|cpu| cpu.brand().trim().to_string());
    brand.filter(|brand| !brand.is_empty()).unwrap_or_else(|| std::env::consts::ARCH.to_string())
}

/// How many threads are running, over a moment in which this program does nothing. The system's own average would count
/// the compiler that has just made it.
fn load() -> f64 {
    let mut system = System::new();
    system.refresh_cpu_usage();
    std::thread::sleep(sysinfo::MINIMUM_CPU_UPDATE_INTERVAL);
    system.refresh_cpu_usage();
    f64::from(system.global_cpu_usage()) / 100.0 * system.cpus().len() as f64
}

/// The caches of the first core, as Linux lists them.
fn caches() -> Vec<String> {
    let folder = Path::new("/sys/devices/system/cpu/cpu0/cache");
    let cache = |index: usize| {
        let read = |file: &str| fs::read_to_string(folder.join(format!("index{index}")).join(file)).ok();
        let (level, kind, size) = (read("level")?, read("type")?, read("size")?);
        let kind = match kind.trim() {
            "Data" => "d",
            "Instruction" => "i",
            _ => "",
        };
        Some(format!("L{}{kind} {}", level.trim(), readable(size.trim())))
    };
    (0..).map_while(cache).collect()
}

/// A size such as 2048K as people write it.
fn readable(size: &str) -> String {
    match size.strip_suffix('K').and_then(|kib| kib.parse::<u32>().ok()) {
        Some(kib) if kib >= 1024 && kib.is_multiple_of(1024) => format!("{} MiB", kib / 1024),
        Some(kib) => format!("{kib} KiB"),
        None => size.to_string(),
    }
}

fn versions() -> Vec<(&'static str, String)> {
    let (_, locked) =
        include_str!("../../Cargo.lock").split_once("name = \"simdact\"\nversion = \"").unwrap_or_default();
    let version = locked.split('"').next().unwrap_or_default();
    let simdact = match commit() {
        Some(commit) => format!("{version}, commit {commit}"),
        None => version.to_string(),
    };
    vec![("simdact", simdact), ("rustc", built::RUSTC_VERSION.trim_start_matches("rustc ").to_string())]
}

/// The commit that is checked out, where git tells.
fn commit() -> Option<String> {
    let describe = ["describe", "--always", "--dirty", "--exclude=*"];
    let output = Command::new("git").arg("-C").arg(env!("CARGO_MANIFEST_DIR")).args(describe).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_string();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        assert_eq!(["48K", "2048K", "307200K", "9"].map(readable), ["48 KiB", "2 MiB", "300 MiB", "9"]);
    }

    #[test]
    fn the_default_is_among_the_backends_and_versions_are_known() {
        let machine = Machine::detect();
        assert!(machine.backends.contains(&machine.default));
        assert!(!machine.processor.is_empty() && machine.logical > 0);
        for (name, version) in machine.versions {
            assert!(version.starts_with(|digit: char| digit.is_ascii_digit()), "{name} {version}");
        }
    }

    #[test]
    fn a_busy_machine_is_told() {
        let told = |load| Machine { load, ..Machine::detect() }.body().into_string().contains("other programs");
        assert!(told(3.0) && !told(0.1));
    }
}
