//! Boxes that touch on a line are one text: they stay together or go together.

use super::Judgement;
use crate::detect::Class;
use crate::frame::Region;

/// Boxes closer than this share of their height are one text.
const NEAR: f64 = 0.6;
/// Boxes of one line share this much of the smaller height, and are at most twice as high as each other.
const SHARED: f64 = 0.6;
/// Boxes that share this much of the smaller one show the same text.
const SAME: f64 = 0.5;

/// Takes harmless boxes for personal when they touch personal ones on their line, when they show the same text as one, or when
/// their texts read together are not harmless.
pub(super) fn agree<T>(areas: &[Region], judged: &mut [Judgement], harmless: impl Fn(&str) -> Option<T>) {
    let spoil = |one: &mut Judgement, evidence: &'static str| {
        if one.harmless() {
            (one.class, one.evidence) = (Class::Phi, evidence);
        }
    };
    let mut group: Vec<usize> = (0..areas.len()).collect();
    for (a, one) in areas.iter().enumerate() {
        for (b, two) in areas.iter().enumerate().skip(a + 1) {
            let (Some(first), Some(second)) = (judged.get(a), judged.get(b)) else { continue };
            let upright = first.along || second.along;
            let turned = !(first.along && second.along);
            let flipped = |r: &Region| Region { x: r.y, y: r.x, w: r.h, h: r.w };
            if upright && touch(one, two) || turned && touch(&flipped(one), &flipped(two)) || overlap(one, two) {
                let (from, to) = (group.get(b).copied(), group.get(a).copied());
                if let (Some(from), Some(to)) = (from, to) {
                    group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
                }
            }
        }
    }
    for name in 0..areas.len() {
        let mut members: Vec<usize> = (0..areas.len()).filter(|at| group.get(*at) == Some(&name)).collect();
        if members.len() < 2 {
            continue;
        }
        members.sort_by_key(|at| areas.get(*at).map(|area| (area.x, area.y)));
        let texts: Vec<&str> = members.iter().filter_map(|at| judged.get(*at)).map(|one| one.text.as_str()).collect();
        let joined = texts.join(" ");
        let personal = members.iter().any(|at| judged.get(*at).is_some_and(|one| !one.harmless()));
        let evidence = if personal {
            "touches text that is not harmless"
        } else if harmless(&joined).is_none() {
            "is not harmless together with its neighbour"
        } else {
            continue;
        };
        for at in members {
            if let Some(one) = judged.get_mut(at) {
                spoil(one, evidence);
            }
        }
    }
}

/// Whether two boxes lie on one line with hardly a blank between.
fn touch(a: &Region, b: &Region) -> bool {
    let (low, high) = (f64::from(a.h.min(b.h)), f64::from(a.h.max(b.h)));
    let shared = f64::from(a.bottom().min(b.bottom())) - f64::from(a.y.max(b.y));
    let gap = f64::from(a.x.max(b.x)) - f64::from(a.right().min(b.right()));
    shared >= SHARED * low && high <= 2.0 * low && gap <= NEAR * low
}

fn overlap(a: &Region, b: &Region) -> bool {
    let shared = a.intersection(b).map_or(0, |common| common.area());
    shared as f64 >= SAME * a.area().min(b.area()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgement(class: Class, text: &str) -> Judgement {
        Judgement { class, evidence: "", text: text.to_owned(), along: true }
    }

    fn classes(boxes: &[(u32, u32, u32, u32, Class, &str)]) -> Vec<bool> {
        let areas: Vec<Region> = boxes.iter().map(|(x, y, w, h, ..)| Region { x: *x, y: *y, w: *w, h: *h }).collect();
        let mut judged: Vec<Judgement> = boxes.iter().map(|(.., class, text)| judgement(*class, text)).collect();
        agree(&areas, &mut judged, |text| (!text.contains("12 03")).then_some(()));
        judged.iter().map(Judgement::harmless).collect()
    }

    #[test]
    fn a_box_that_touches_a_name_goes_with_it_and_one_that_does_not_stays() {
        let name = (0, 0, 80, 20, Class::Phi, "ZWEI");
        assert_eq!(classes(&[name, (86, 0, 20, 20, Class::Marker, "L")]), [false, false]);
        assert_eq!(classes(&[name, (140, 0, 20, 20, Class::Marker, "L")]), [false, true]);
        assert_eq!(classes(&[name, (0, 24, 20, 20, Class::Marker, "L")]), [false, true], "the line below");
        assert_eq!(classes(&[name, (86, 0, 20, 20, Class::Marker, "L"), (110, 0, 20, 20, Class::Marker, "R")]), [false; 3]);
    }

    #[test]
    fn pieces_of_a_date_are_seen_together() {
        assert_eq!(classes(&[(0, 0, 20, 20, Class::Technical, "12"), (24, 0, 20, 20, Class::Technical, "03")]), [false, false]);
        assert_eq!(classes(&[(0, 0, 20, 20, Class::Technical, "MI"), (24, 0, 20, 20, Class::Technical, "0.9")]), [true, true]);
    }

    #[test]
    fn two_boxes_of_one_text_must_agree() {
        assert_eq!(classes(&[(0, 0, 80, 20, Class::Technical, "Gain"), (10, 2, 30, 16, Class::Phi, "?")]), [false, false]);
    }
}
