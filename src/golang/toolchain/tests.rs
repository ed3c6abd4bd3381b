use super::*;

#[test]
fn versions_are_read_and_compared() {
    let can_grade = |text: &str| GoVersion::parse(text).can_grade();
    assert!(can_grade("go1.26.8"));
    assert!(can_grade("go1.26"));
    assert!(can_grade("go1.27rc1"));
    assert!(can_grade("go2.0"));
    assert!(can_grade("devel"));
    assert!(!can_grade("go1.25.9"));
    assert!(!can_grade("go1.9"));
}

#[test]
fn the_leak_profile_is_asked_for_only_where_it_is_an_experiment() {
    assert!(GoVersion::parse("go1.26.8").needs_leak_experiment());
    assert!(!GoVersion::parse("go1.27.3").needs_leak_experiment());
}
