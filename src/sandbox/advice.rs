//! What to change on this machine so that a sandbox works, as far as it can be told.

use std::fs;
use std::path::Path;

/// Mends, one sentence each.
pub fn advice() -> Vec<String> {
    let mut mends = Vec::new();
    let is = |file: &str, value: &str| {
        fs::read_to_string(Path::new("/proc/sys").join(file)).is_ok_and(|text| text.trim() == value)
    };
    let mut switch = |is_off: bool, setting: &str| {
        if is_off {
            mends.push(format!("allow user namespaces: sudo sysctl {setting}"));
        }
    };
    switch(
        is("kernel/apparmor_restrict_unprivileged_userns", "1"),
        "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04 and later)",
    );
    switch(
        is("kernel/unprivileged_userns_clone", "0"),
        "kernel.unprivileged_userns_clone=1",
    );
    switch(
        is("user/max_user_namespaces", "0"),
        "user.max_user_namespaces=15000",
    );
    if ["/.dockerenv", "/run/.containerenv"]
        .iter()
        .any(|file| Path::new(file).exists())
    {
        mends.push(
            "in a container: docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
             --security-opt systempaths=unconfined"
                .to_owned(),
        );
    }
    if mends.is_empty() {
        mends.push(
            "tier strict needs Linux 5.13 or newer with user namespaces, tier landlock a kernel with Landlock switched on (lsm=landlock,…)"
                .to_owned(),
        );
    }
    mends
}
