import Charts
import Testing

@Suite("Numbers for people")
struct HumanFormatTests {
  @Test(
    "whole numbers have commas",
    arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-45_678, "-45,678")])
  func count(_ value: Int, _ text: String) { #expect(HumanFormat.count(value) == text) }

  @Test(
    "numbers keep three significant digits, also where rounding adds one",
    arguments: [
      (0, "0"), (0.08314, "0.0831"), (3.2, "3.20"), (9.996, "10.0"), (99.96, "100"), (38_612, "38,600"),
      (0.000_1, "0.000100"), (0.000_012_34, "1.23e-5"), (9_996_000, "1e7"), (1.2e11, "1.2e11"), (-2.5, "-2.50"),
      (0.000_099_99, "0.000100"), (.nan, "NaN"), (.infinity, "inf"),
    ] as [(Double, String)])
  func number(_ value: Double, _ text: String) { #expect(HumanFormat.number(value) == text) }

  @Test("short numbers drop zeros, and only those behind the point")
  func short() {
    #expect(HumanFormat.short(0.05) == "0.05")
    #expect(HumanFormat.short(100) == "100")
    #expect(HumanFormat.short(40, digits: 4) == "40")
    #expect(HumanFormat.number(1234.5, digits: 6) == "1,234.50")
  }

  @Test(
    "large numbers have a decimal prefix",
    arguments: [(950, "950"), (12_345, "12.3 k"), (999_960, "1.00 M"), (7.5, "7.5"), (.nan, "–")] as [(Double, String)])
  func prefixed(_ value: Double, _ text: String) { #expect(HumanFormat.prefixed(value) == text) }

  @Test("shares are percent")
  func percent() {
    #expect(HumanFormat.percent(0.98148) == "98.15 %")
    #expect(HumanFormat.percent(1, decimals: 0) == "100 %")
    #expect(HumanFormat.percent(-0.000_001) == "0.00 %")
  }

  @Test(
    "memory has binary prefixes",
    arguments: [
      (512, "512 B"), (1024, "1.0 KiB"), (7_444_889, "7.1 MiB"), (74_612_736, "71 MiB"), (1 << 30, "1.0 GiB"),
      (1_073_700_000, "1.0 GiB"), (1 << 50, "1024 TiB"),
    ])
  func bytes(_ value: Int, _ text: String) { #expect(HumanFormat.bytes(value) == text) }

  @Test(
    "times have one or two units",
    arguments: [
      (0, "0 s"), (0.000_045, "45 µs"), (0.0008, "800 µs"), (0.0012, "1.2 ms"), (0.04, "40 ms"), (0.25, "250 ms"),
      (0.9996, "1.0 s"), (1.34, "1.3 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (187, "3 min 07 s"),
      (3599.7, "1 h 00 min"), (3725, "1 h 02 min"), (273_600, "3 d 04 h"), (.infinity, "–"),
    ] as [(Double, String)])
  func duration(_ value: Double, _ text: String) { #expect(HumanFormat.duration(value) == text) }

  @Test("countdowns")
  func clock() {
    #expect(HumanFormat.clock(12.4) == "0:12")
    #expect(HumanFormat.clock(187) == "3:07")
    #expect(HumanFormat.clock(3750) == "1:02:30")
    #expect(HumanFormat.clock(-3) == "0:00")
    #expect(HumanFormat.clock(.nan) == "–")
  }
}
