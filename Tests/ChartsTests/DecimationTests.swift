import Charts
import Foundation
import Testing

@Suite("Thinning and smoothing")
struct DecimationTests {
  private func kept(_ points: [ChartPoint]) -> [(index: Int, breaksAfter: Bool)] {
    let length = max(points.last?.x ?? 1, 1)
    return Decimation.kept(points, position: { $0 / length }, isShown: { $0.y.isFinite })
  }

  @Test("a spike of one point among a million survives, in at most 800 points")
  func spike() {
    var points = (0..<1_000_000).map { ChartPoint(Double($0), sin(Double($0) / 1e5)) }
    points[654_321].y = 9
    points[123_457].y = -7
    let indices = kept(points).map(\.index)
    #expect(indices.count <= 800)
    #expect(indices.contains(654_321) && indices.contains(123_457))
    #expect(indices.first == 0 && indices.last == 999_999)
    #expect(zip(indices, indices.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("a short line keeps every point")
  func short() {
    #expect(kept((0..<777).map { ChartPoint(Double($0), Double($0 % 7)) }).count == 777)
    #expect(kept([]).isEmpty)
  }

  @Test("values that are not finite break the line, however many points are thinned", arguments: [50, 50_000])
  func gaps(_ count: Int) {
    var points = (0..<count).map { ChartPoint(Double($0), 1) }
    points[count / 2].y = .nan
    points[count - 5].y = .infinity
    let kept = kept(points)
    #expect(kept.allSatisfy { points[$0.index].y.isFinite })
    #expect(kept.filter(\.breaksAfter).count == 3)
    for (place, entry) in kept.dropLast().enumerated() where entry.breaksAfter {
      #expect((entry.index..<kept[place + 1].index).contains { !points[$0].y.isFinite })
    }
  }

  @Test("a centred mean is the mean of its window, keeps straight lines straight and gaps open")
  func smoothing() {
    let line = (0..<40).map { 3 + 0.5 * Double($0) }
    for (smooth, value) in zip(Smoothing.centredMean(line, window: 7), line) {
      #expect(abs(smooth - value) < 1e-12)
    }
    let values = [1.0, 5, .nan, 3, 8, 2, 7]
    let means = Smoothing.centredMean(values, window: 3)
    #expect(means[0] == 1 && means[1] == 3 && means[2].isNaN && means[3] == 5.5)
    #expect(abs(means[4] - 13.0 / 3) < 1e-12)
    // The line through 8, 2, 7 has the mean 17/3 in its middle and falls by a half each time.
    #expect(abs(means[5] - 17.0 / 3) < 1e-12 && abs(means[6] - 31.0 / 6) < 1e-12)
    // One wild value at the end is no spike of the line.
    let wild = Smoothing.centredMean(Array(repeating: 1.0, count: 100) + [11], window: 21)
    #expect(wild.max()! < 3)
    #expect(Smoothing.centredMean([], window: 5).isEmpty)
    #expect([10, 59].allSatisfy { Smoothing.window(for: $0) == 1 })
    #expect([60, 777, 10_000].allSatisfy { !Smoothing.window(for: $0).isMultiple(of: 2) })
  }
}
