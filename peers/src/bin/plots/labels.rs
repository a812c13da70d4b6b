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
    fn nearest(self, (x, y): (f64, f64)) -> (f64, f64) {
        (x.max(self.0).min(self.2), y.max(self.1).min(self.3))
    }

    fn size(self) -> f64 {
        (self.2 - self.0) * (self.3 - self.1)
    }
}

/// A point, the size of its mark, and that of its name.
#[derive(Clone, Copy)]
pub struct Label {
    pub at: (f64, f64),
    pub radius: f64,
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
#[derive(Clone, Debug)]
pub struct Place {
    pub anchor: Anchor,
    /// Where the text's edge or middle is, half-way up.
    pub at: (f64, f64),
    /// What it covers.
    pub area: Area,
    /// From the point to the text, where it is so far that a line must lead to it; else nothing.
    pub leader: Option<((f64, f64), (f64, f64))>,
    /// What is against it by itself.
    cost: f64,
}

impl Place {
    /// What the leader covers, but for its ends.
    fn trace(&self) -> Vec<Area> {
        let Some((from, to)) = self.leader else { return Vec::new() };
        let along = traced(from, to, 1.0);
        along.into_iter().filter(|area| area.shared(Area::around(from, 7.0)) == 0.0).collect()
    }
}

/// Squares along a line.
pub fn traced((x, y): (f64, f64), (to_x, to_y): (f64, f64), half: f64) -> Vec<Area> {
    let steps = ((to_x - x).hypot(to_y - y) / 3.0).ceil().max(1.0);
    let along = (0..=steps as usize).map(|i| i as f64 / steps);
    along.map(|t| Area::around((x + t * (to_x - x), y + t * (to_y - y)), half)).collect()
}

/// Directions in the order of preference, as parts of the distance; and by what part of its width a text above or below
/// lies aside.
const DIRECTIONS: [(f64, f64, f64); 20] = [
    (1.0, 0.0, 0.0),
    (-1.0, 0.0, 0.0),
    (0.0, -1.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.8, -0.6, 0.0),
    (0.8, 0.6, 0.0),
    (-0.8, -0.6, 0.0),
    (-0.8, 0.6, 0.0),
    (0.0, -1.0, 0.25),
    (0.0, 1.0, 0.25),
    (0.0, -1.0, -0.25),
    (0.0, 1.0, -0.25),
    (1.0, -0.3, 0.0),
    (1.0, 0.3, 0.0),
    (-1.0, -0.3, 0.0),
    (-1.0, 0.3, 0.0),
    (0.7, -1.3, 0.0),
    (0.7, 1.3, 0.0),
    (-0.7, -1.3, 0.0),
    (-0.7, 1.3, 0.0),
];
/// From the middle of a point to the text, in units of the text's height.
const DISTANCES: [f64; 6] = [0.75, 1.1, 1.5, 2.0, 2.7, 3.6];

/// All places of a label.
fn places(label: &Label) -> Vec<Place> {
    let &Label { at: (x, y), width, height, .. } = label;
    let all = DISTANCES.into_iter().flat_map(|distance| {
        DIRECTIONS.into_iter().enumerate().map(move |(nth, (right, down, aside))| {
            let (dx, dy) = (right * distance * height + aside * width, down * distance * height);
            let (anchor, before) = match right {
                0.6.. => (Anchor::Start, 0.0),
                ..=-0.6 => (Anchor::End, width),
                _ => (Anchor::Middle, width / 2.0),
            };
            // Above and below, the distance is that of the text's edge.
            let middle = y + dy + if anchor == Anchor::Middle { down * height * 0.3 } else { 0.0 };
            let left = x + dx - before;
            let area = Area(left, middle - height / 2.0, left + width, middle + height / 2.0);
            let end = area.shrunk(2.0).nearest((x, y));
            let leader = (distance > DISTANCES[0]).then_some(((x, y), end));
            let cost = nth as f64 + 20.0 * (distance - DISTANCES[0]) + if leader.is_some() { 10.0 } else { 0.0 };
            Place { anchor, at: (x + dx, middle), area, leader, cost }
        })
    });
    all.collect()
}

/// Places for all labels within `room`, where they and their leaders cover neither each other nor, if that can be, the
/// marks or any of the obstacles. One label after the other takes its best place, again and again until none moves; and that from several
/// beginnings, of which the best end counts.
pub fn place(labels: &[Label], obstacles: &[Area], room: Area) -> Vec<Place> {
    const MOST_TURNS: usize = 30;
    let count = labels.len();
    let all: Vec<Vec<Place>> = labels.iter().map(places).collect();
    let traces: Vec<Vec<Vec<Area>>> = all.iter().map(|places| places.iter().map(Place::trace).collect()).collect();
    let marks: Vec<Area> = labels.iter().map(|label| Area::around(label.at, label.radius + 1.0)).collect();
    // What is against a place wherever the others are.
    let alone = |i: usize, k: usize| {
        let (place, trace) = (&all[i][k], &traces[i][k]);
        let outside = place.area.size() - place.area.shared(room);
        let all = || obstacles.iter().chain(&marks);
        let covered: f64 = all().map(|&obstacle| place.area.shared(obstacle)).sum();
        let crossed: f64 = trace.iter().flat_map(|&step| all().map(move |&obstacle| step.shared(obstacle))).sum();
        // A name beside another's mark looks like that one's.
        let others = labels.iter().enumerate().filter(|&(j, other)| j != i && other.radius > 0.0);
        let beside: f64 = others.map(|(_, other)| place.area.shared(Area::around(other.at, other.radius + 5.0))).sum();
        place.cost + 100.0 * outside + 10.0 * covered + 4.0 * crossed + 0.3 * beside
    };
    let alone: Vec<Vec<f64>> = (0..count).map(|i| (0..all[i].len()).map(|k| alone(i, k)).collect()).collect();
    let between = |(i, k): (usize, usize), (j, l): (usize, usize)| {
        let (one, other) = (all[i][k].area, all[j][l].area);
        let crossed = |trace: &[Area], area: Area| trace.iter().map(|&step| step.shared(area)).sum::<f64>();
        let leaders: f64 = traces[j][l].iter().map(|&step| crossed(&traces[i][k], step)).sum();
        10.0 * (one.shared(other) + crossed(&traces[i][k], other) + crossed(&traces[j][l], one) + leaders)
    };

    let mut best: Option<(f64, Vec<usize>)> = None;
    let forward = (0..count).map(|first| (0..count).map(|n| (n + first) % count).collect::<Vec<_>>());
    for order in forward.flat_map(|order| [order.clone(), order.into_iter().rev().collect()]) {
        // Those that are placed already are what the next ones keep away from.
        let mut chosen: Vec<Option<usize>> = vec![None; count];
        let cost = |chosen: &[Option<usize>], i: usize, k: usize| {
            let others = chosen.iter().enumerate().filter(|&(j, _)| j != i);
            alone[i][k] + others.filter_map(|(j, l)| Some(between((i, k), (j, (*l)?)))).sum::<f64>()
        };
        for _ in 0..MOST_TURNS {
            let mut moved = false;
            for &i in &order {
                let costs = (0..all[i].len()).map(|k| cost(&chosen, i, k));
                let least = costs.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
                let Some((k, least)) = least else { continue };
                if chosen[i].is_none_or(|now| least < cost(&chosen, i, now)) {
                    chosen[i] = Some(k);
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
        let chosen: Vec<usize> = chosen.into_iter().map(|place| place.unwrap_or(0)).collect();
        let own: f64 = chosen.iter().enumerate().map(|(i, &k)| alone[i][k]).sum();
        let pairs = (0..count).flat_map(|i| (0..i).map(move |j| (i, j)));
        let total = own + pairs.map(|(i, j)| between((i, chosen[i]), (j, chosen[j]))).sum::<f64>();
        if best.as_ref().is_none_or(|(least, _)| total < *least) {
            best = Some((total, chosen));
        }
    }
    let chosen = best.map_or_else(Vec::new, |(_, chosen)| chosen);
    all.iter().zip(chosen).map(|(places, k)| places[k].clone()).collect()
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
        let labels: Vec<_> = points.iter().map(|&at| Label { at, radius: 3.0, width: 70.0, height: 14.0 }).collect();
        let marks: Vec<_> = points.iter().map(|&at| Area::around(at, 4.0)).collect();
        let places = place(&labels, &[], room);
        for (i, place) in places.iter().enumerate() {
            assert!((place.area.shared(room) - place.area.size()).abs() < 1e-9, "{i} is within the room");
            assert!(marks.iter().all(|&mark| place.area.shared(mark) == 0.0), "{i} is on a mark");
            for (j, other) in places.iter().enumerate().filter(|&(j, _)| j != i) {
                assert!(place.area.shared(other.area) == 0.0, "{i} is on {j}");
            }
        }
        assert!(places[5].leader.is_none() && places[5].anchor == Anchor::End, "there is room on the left");
    }
}
