//! Where the names of points go: beside them, and on nothing else.

/// A rectangle: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area(pub f64, pub f64, pub f64, pub f64);

impl Area {
    /// Around a point.
    pub fn around((x, y): (f64, f64), half: f64) -> Area {
        Area(x - half, y - half, x + half, y + half)
    }

    /// The size of what both have.
    pub fn shared(self, other: Area) -> f64 {
        let width = self.2.min(other.2) - self.0.max(other.0);
        let height = self.3.min(other.3) - self.1.max(other.1);
        width.max(0.0) * height.max(0.0)
    }

    /// So much smaller on all sides.
    pub fn shrunk(self, by: f64) -> Area {
        Area(self.0 + by, self.1 + by, self.2 - by, self.3 - by)
    }

    /// Its point that is nearest to another.
    pub fn nearest(self, (x, y): (i32, i32)) -> (i32, i32) {
        let (x, y) = (f64::from(x).max(self.0).min(self.2), f64::from(y).max(self.1).min(self.3));
        (x as i32, y as i32)
    }

    fn size(self) -> f64 {
        (self.2 - self.0) * (self.3 - self.1)
    }
}

/// A point and its name's size.
#[derive(Clone, Copy)]
pub struct Label {
    pub at: (f64, f64),
    pub width: f64,
    pub height: f64,
}

/// Which edge of a text is at its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// Where a name goes.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub anchor: Anchor,
    /// Where the text's edge or middle is, half-way up.
    pub at: (f64, f64),
    /// What it covers.
    pub area: Area,
    /// So far from the point that a line must lead to it.
    pub far: bool,
}

/// Directions in the order of preference, as parts of the distance.
const DIRECTIONS: [(f64, f64); 12] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (0.8, -0.7),
    (0.8, 0.7),
    (-0.8, -0.7),
    (-0.8, 0.7),
    (0.5, -1.0),
    (0.5, 1.0),
    (-0.5, -1.0),
    (-0.5, 1.0),
];
/// From the middle of a point to the text, in units of the text's height.
const DISTANCES: [f64; 4] = [0.65, 1.1, 1.7, 2.5];

/// All places of a label, the best first.
fn places(label: &Label) -> impl Iterator<Item = Place> {
    let &Label { at: (x, y), width, height } = label;
    DISTANCES.into_iter().enumerate().flat_map(move |(ring, distance)| {
        DIRECTIONS.into_iter().map(move |(right, down)| {
            let (dx, dy) = (right * distance * height, down * distance * height);
            let anchor = match right {
                0.6.. => Anchor::Start,
                ..=-0.6 => Anchor::End,
                _ => Anchor::Middle,
            };
            // Above and below, the distance is that of the text's edge.
            let middle = y + dy + if anchor == Anchor::Middle { down * height * 0.3 } else { 0.0 };
            let left = x + dx
                - match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => width / 2.0,
                    Anchor::End => width,
                };
            let area = Area(left, middle - height / 2.0, left + width, middle + height / 2.0);
            Place { anchor, at: (x + dx, middle), area, far: ring > 0 }
        })
    })
}

/// Places for all labels within `room`, where they cover neither each other nor, if that can be, any of the obstacles.
/// One label after the other takes its best place, again and again until none moves.
pub fn place(labels: &[Label], obstacles: &[Area], room: Area) -> Vec<Place> {
    const MOST_TURNS: usize = 50;
    let all: Vec<Vec<Place>> = labels.iter().map(|label| places(label).collect()).collect();
    let mut chosen = vec![0; labels.len()];
    for _ in 0..MOST_TURNS {
        let mut moved = false;
        for i in 0..labels.len() {
            let cost = |k: usize| {
                let area = all[i][k].area;
                let others = (0..labels.len()).filter(|&j| j != i).map(|j| all[j][chosen[j]].area);
                let covered: f64 = obstacles.iter().map(|&obstacle| area.shared(obstacle)).sum();
                let overlaps: f64 = others.map(|other| area.shared(other)).sum();
                let outside = area.size() - area.shared(room);
                100.0 * outside + 10.0 * overlaps + 10.0 * covered + k as f64
            };
            let best = (0..all[i].len()).min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(0);
            moved |= cost(best) < cost(chosen[i]);
            if cost(best) < cost(chosen[i]) {
                chosen[i] = best;
            }
        }
        if !moved {
            break;
        }
    }
    all.iter().zip(chosen).map(|(places, k)| places[k]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cover_nothing() {
        let room = Area(0.0, 0.0, 300.0, 300.0);
        // A crowd, one at the right edge, one in the corner.
        let crowd = [(100.0, 100.0), (104.0, 103.0), (110.0, 96.0), (120.0, 110.0), (98.0, 112.0)];
        let points: Vec<_> = crowd.into_iter().chain([(295.0, 150.0), (3.0, 297.0)]).collect();
        let labels: Vec<_> = points.iter().map(|&at| Label { at, width: 70.0, height: 14.0 }).collect();
        let marks: Vec<_> = points.iter().map(|&at| Area::around(at, 4.0)).collect();
        let places = place(&labels, &marks, room);
        for (i, place) in places.iter().enumerate() {
            assert!((place.area.shared(room) - place.area.size()).abs() < 1e-9, "{i} is within the room");
            assert!(marks.iter().all(|&mark| place.area.shared(mark) == 0.0), "{i} is on a mark");
            for (j, other) in places.iter().enumerate().filter(|&(j, _)| j != i) {
                assert!(place.area.shared(other.area) == 0.0, "{i} is on {j}");
            }
        }
        assert!(!places[5].far && places[5].anchor == Anchor::End, "there is room on the left");
    }
}
