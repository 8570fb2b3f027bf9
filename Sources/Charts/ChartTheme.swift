/// Colours and type of charts and pages, in light, dark and print.
///
/// The palette follows Okabe and Ito (2008), which colour-blind readers can tell apart; the ramp follows viridis. Text
/// on its ground has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3), lines of at least 3 to 1.
package enum ChartTheme {
  package static let paletteCount = 8
  package static let rampCount = 9

  private static let light = """
    --page:#f7f7f5;--card:#ffffff;--ink:#1b1e23;--quiet:#5a616b;--hair:#e3e4e1;--grid:#e9eae7;--axis:#9aa0a6;
    --heat:0 95 160;--miss:196 78 0;--on-heat:#fff;--good:#00704f;--bad:#b3261e;--warn:#8a5300;
    --p0:#0068a8;--p1:#c74f00;--p2:#00805e;--p3:#a8518a;--p4:#8f6a00;--p5:#2d8bc4;--p6:#b3261e;--p7:#4b5563;
    --r0:#440154;--r1:#482475;--r2:#414487;--r3:#355f8d;--r4:#2a788e;--r5:#21918c;--r6:#22a884;--r7:#3f9f4e;--r8:#7a9a10;
    --muted:#7b828b;
    """
  private static let dark = """
    --page:#14161a;--card:#1c1f24;--ink:#eceef1;--quiet:#a3abb6;--hair:#30343b;--grid:#2a2e34;--axis:#6d7580;
    --heat:38 98 158;--miss:190 84 20;--on-heat:#eceef1;--good:#4fc79d;--bad:#ff8a80;--warn:#f0b95a;
    --p0:#5cb3f0;--p1:#ff9048;--p2:#3ec99a;--p3:#e39acb;--p4:#e6bd4a;--p5:#9bd3f7;--p6:#ff8a80;--p7:#b6bec9;
    --r0:#8a63c9;--r1:#7a78d0;--r2:#6790cf;--r3:#55a5c6;--r4:#44b5b5;--r5:#3cc39b;--r6:#5ccf7c;--r7:#9ad64f;--r8:#e3df3a;
    --muted:#8d95a0;
    """

  /// Custom properties; `data-theme` on the root forces one theme, and print is light.
  package static var properties: String {
    """
    :root{color-scheme:light;\(light)}
    @media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;\(dark)}}
    @media screen{:root[data-theme=dark]{color-scheme:dark;\(dark)}}
    """
  }

  /// Rules for everything inside a chart.
  package static var chartRules: String {
    let palette = (0..<paletteCount).map { ".p\($0){--c:var(--p\($0))}" }.joined()
    let ramp = (0..<rampCount).map { ".r\($0){--c:var(--r\($0))}" }.joined()
    return """
      .chart{display:block;width:100%;height:auto;overflow:visible;\
      font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif}
      .chart text{font-size:13px;fill:var(--quiet);font-variant-numeric:tabular-nums}
      .chart .title{font-size:16px;font-weight:650;fill:var(--ink)}
      .chart .heading{fill:var(--quiet)}
      .chart .key{fill:var(--ink)}
      .chart .end{fill:var(--ink);fill:color-mix(in srgb,var(--c) 70%,var(--ink))}
      .chart .below{font-size:.75em}
      .chart path,.chart .end{pointer-events:none}
      .chart .noted{pointer-events:auto}
      .hit{fill:var(--ink);fill-opacity:0}
      .hit:hover{fill-opacity:.06}
      .chart .empty{font-size:15px;fill:var(--quiet)}
      .chart .ground{fill:var(--card)}
      .grid{stroke:var(--grid);stroke-width:1}
      .grid.minor{stroke-width:.5}
      .axis{stroke:var(--axis);stroke-width:1}
      .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
      .line.faint{stroke-width:1;stroke-opacity:.45}
      .line.thin{stroke-width:1.1}
      .line.thick{stroke-width:2.8}
      .line.dashed{stroke-width:1.6;stroke-dasharray:6 5;stroke-linecap:butt}
      .guide{stroke:var(--c);stroke-width:1.3;stroke-dasharray:2 4;stroke-linecap:round;fill:none}
      .band{fill:var(--c);fill-opacity:.16;stroke:none}
      .whisker{stroke:var(--c);stroke-width:1.4;fill:none}
      .mark{fill:var(--c);stroke:var(--card);stroke-width:1}
      \(palette)\(ramp).pm{--c:var(--muted)}
      """
  }
}
