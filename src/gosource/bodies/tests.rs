//! Facts about bodies.

use super::*;

const SOURCE: &str = "package bank

func (s *Store) Put(k string, _ int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k == \"\" {
		s.mu.Unlock()
		return
	}
	s.wg.Go(func() {
		s.out <- s.n[k]
		for v := range s.in { sum += v }
	})
	go s.run(k)
	select {
	case v := <-s.in:
		s.last = v
	case s.out <- 1:
	case <-ctx.Done():
	}
	s.count++
}
";

fn spelled(body: &Body) -> Vec<String> {
    body.acts
        .iter()
        .filter(|act| !matches!(act.kind, ActKind::Read))
        .map(|act| {
            let deferred = if act.is_deferred { " deferred" } else { "" };
            format!("{} {:?} {}{deferred}", act.line, act.kind, act.subject)
        })
        .collect()
}

#[test]
fn acts_are_found_in_their_bodies() {
    let bodies = bodies(SOURCE.as_bytes()).unwrap();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0].name.as_deref(), Some("Put"));
    assert_eq!(bodies[0].parameters, ["s", "k", "_"]);
    assert_eq!(bodies[0].lines, 3..=22);
    assert_eq!(
        spelled(&bodies[0]),
        [
            "4 Lock s.mu",
            "5 Unlock s.mu deferred",
            "7 Unlock s.mu",
            "14 Start s.run",
            "15 Select s.in, s.out, ctx.Done()",
            "16 Write v",
            "16 Receive s.in",
            "17 Write s.last",
            "18 Send s.out",
            "19 Receive ctx.Done()",
            "21 Write s.count",
        ]
    );
    assert_eq!(
        bodies[0]
            .acts
            .iter()
            .find(|act| act.line == 7)
            .unwrap()
            .block,
        6..=9
    );
    assert_eq!(bodies[1].name, None);
    assert_eq!(bodies[1].started_on, Some(10));
    assert_eq!(bodies[1].lines, 10..=13);
    assert_eq!(
        spelled(&bodies[1]),
        [
            "11 Send s.out",
            "12 Range s.in",
            "12 Write v",
            "12 Write sum"
        ]
        .map(str::to_owned)
        .to_vec()
    );
    let reads: Vec<&str> = bodies[1]
        .acts
        .iter()
        .filter(|act| act.kind == ActKind::Read)
        .map(|act| act.subject.as_str())
        .collect();
    assert!(
        reads.contains(&"s.n[k]") && reads.contains(&"sum"),
        "{reads:?}"
    );
}
