/// Type, spacing and grid of a page.
enum PageTheme {
  /// The class of a heat from 0 to 1. A style attribute could be any finer, and no page allows one.
  static func heat(_ strength: Double) -> String {
    "v\(Int((min(max(strength.isNaN ? 0 : strength, 0), 1) * Double(heats)).rounded()))"
  }

  private static let heats = 50

  /// The class of a matrix whose columns are as wide as the longest of its names, up to a bound behind which names wrap.
  static func columns(ofNames names: [String]) -> String {
    "c\(min(max(names.map(\.count).max() ?? 0, columnWidths.lowerBound), columnWidths.upperBound))"
  }

  private static let columnWidths = 3...14

  private static let matrixRules = columnWidths.map { width in
    ".c\(width) td:not(.share),.c\(width) thead th:not(.row,.share){"
      + "width:calc(\(width)ch + 4px);min-width:calc(\(width)ch + 4px);"
      + "max-width:calc(\(width + 1)ch + 4px);overflow-wrap:anywhere;white-space:normal}"
  }.joined()

  private static let heatRules = (0...heats).map { step in
    let hundredths = step * 100 / heats
    return ".v\(step){--v:\(hundredths == 100 ? "1" : (hundredths < 10 ? ".0" : ".") + "\(hundredths)")}"
  }.joined()

  static let rules = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--page);color:var(--ink);\
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;\
    font-variant-numeric:tabular-nums}
    main{max-width:1120px;margin:0 auto;padding:44px 24px 56px}
    header{margin-bottom:30px}
    .kicker{margin:0 0 10px;color:var(--quiet);font-size:.9rem;overflow-wrap:anywhere}
    h1{margin:0;max-width:30em;font-size:clamp(1.45rem,1.05rem + 1.7vw,2.15rem);line-height:1.22;font-weight:680;\
    letter-spacing:-.012em;text-wrap:balance;overflow-wrap:anywhere;padding-left:16px;border-left:4px solid var(--hair)}
    h1.good{border-color:var(--good)}
    h1.warning{border-color:var(--warn)}
    h1.bad{border-color:var(--bad)}
    .note{margin:14px 0 0;max-width:46em;color:var(--quiet)}
    h2{margin:38px 0 14px;font-size:1.12rem;line-height:1.3;font-weight:650}
    p{max-width:46em}
    .card{margin:0 0 16px;padding:18px 20px;background:var(--card);border:1px solid var(--hair);border-radius:10px}
    .figures{display:flex;flex-wrap:wrap;gap:1px;margin:0;overflow:hidden;\
    background:var(--hair);border:1px solid var(--hair);border-radius:10px}
    .figures div{flex:1 1 158px;padding:14px 18px 15px;background:var(--card)}
    .figures dt{color:var(--quiet);font-size:.85rem}
    .figures dd{margin:2px 0 0;font-size:1.4rem;line-height:1.25;font-weight:620;letter-spacing:-.01em}
    .figures dd.quiet{margin-top:3px;color:var(--quiet);font-size:.82rem;font-weight:400;letter-spacing:0}
    .charts{display:grid;grid-template-columns:minmax(0,1fr);gap:16px;margin-bottom:16px}
    .charts .card{margin:0}
    .chart{max-width:552px;margin:0 auto}
    .alone .wide{display:none;max-width:none}
    @media (min-width:960px){
    .charts{grid-template-columns:repeat(2,minmax(0,1fr))}
    .alone{grid-column:1/-1}
    .alone .wide{display:block}
    .alone .narrow{display:none}
    }
    figcaption{margin-bottom:8px;font-weight:650}
    .scroll{overflow-x:auto;\
    background:linear-gradient(to right,var(--card) 40%,transparent) left/48px 100% local no-repeat,\
    linear-gradient(to left,var(--card) 40%,transparent) right/48px 100% local no-repeat,\
    linear-gradient(to right,var(--axis),transparent) left/10px 100% no-repeat,\
    linear-gradient(to left,var(--axis),transparent) right/10px 100% no-repeat var(--card)}
    .scroll.card{width:fit-content;max-width:100%}
    .card>p{margin:0 0 14px;color:var(--quiet);font-size:.93rem}
    .split{display:flex;flex-wrap:wrap;gap:20px 64px;align-items:flex-start}
    .split>*{max-width:100%}
    table{border-collapse:collapse;font-size:.9rem;line-height:1.35}
    caption{padding-bottom:10px;text-align:left;color:var(--quiet)}
    th,td{padding:5px 14px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--hair)}
    th:first-child,td:first-child{padding-left:0}
    .text{text-align:left}
    thead th{color:var(--quiet);font-weight:500;vertical-align:bottom}
    tbody tr:last-child>*{border-bottom:0}
    tfoot td{border-top:1px solid var(--axis);border-bottom:0;font-weight:600}
    .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:7px 40px;font-size:.93rem}
    .facts div{display:grid;grid-template-columns:9.5em 1fr;gap:12px}
    .facts dt{color:var(--quiet)}
    .facts dd{margin:0;overflow-wrap:anywhere}
    .files div{grid-template-columns:12em 1fr}
    a{color:var(--p0);text-underline-offset:2px}
    details{font-size:.93rem}
    summary{cursor:pointer;font-weight:600}
    summary:focus-visible,a:focus-visible{outline:2px solid var(--p0);outline-offset:3px;border-radius:3px}
    details[open]>summary{margin-bottom:12px}
    pre{margin:0;overflow-x:auto;font:.82rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
    .matrix{border-collapse:separate;border-spacing:2px;font-size:.86rem}
    .matrix th,.matrix td{padding:0;border:0;height:2.15rem;min-width:2.5rem;text-align:center;border-radius:4px;\
    color:var(--ink);font-weight:400}
    \(matrixRules)
    .matrix thead th{height:auto;padding:0 2px 3px;color:var(--quiet)}
    .matrix th.row{position:sticky;left:0;padding:0 10px 0 0;text-align:right;color:var(--quiet);background:var(--card)}
    \(heatRules)
    .matrix td.zero{color:var(--axis)}
    .matrix td.hit{background:rgb(var(--heat)/var(--v))}
    .matrix td.miss{background:rgb(var(--miss)/var(--v))}
    .matrix td.deep{color:var(--on-heat)}
    .matrix td.share,.matrix thead th.share{padding-left:12px;text-align:right;font-weight:600}
    .matrix thead th.share{font-weight:400}
    sub{font-size:.75em;line-height:0}
    footer{margin-top:40px;color:var(--quiet);font-size:.85rem}
    @media (max-width:640px){
    main{padding:26px 12px 40px}
    header{padding:0 4px}
    .card{padding:14px 12px}
    .chart text{font-size:16px}
    .figures div{flex-basis:40%;padding:11px 13px 12px}
    .figures dd{font-size:1.2rem}
    .facts div{grid-template-columns:8.5em 1fr}
    .files div{grid-template-columns:11em 1fr}
    .matrix{font-size:.8rem;border-spacing:1.5px}
    .matrix th,.matrix td{min-width:1.65rem;height:1.8rem}
    .matrix th.row{padding-right:6px}
    }
    @media print{
    @page{margin:12mm 13mm}
    :root{--page:#fff;--card:#fff}
    body{font-size:10pt;line-height:1.4}
    main{max-width:none;padding:0}
    header{margin-bottom:14px}
    h1{font-size:16pt;max-width:none;padding-left:12px}
    .kicker{margin-bottom:6px}
    .note{margin-top:7px}
    .note,p{max-width:none}
    h2{margin:18px 0 8px;font-size:11.5pt}
    .card{padding:9px 12px;margin-bottom:10px}
    .card,.charts figure,tr{break-inside:avoid}
    h2{break-after:avoid}
    .charts{grid-template-columns:1fr 1fr;gap:10px;margin-bottom:10px}
    .alone{grid-column:1/-1}
    .alone .wide{display:block}
    .alone .narrow{display:none}
    .figures div{flex-basis:14%;padding:7px 10px 8px}
    .figures dt,.figures dd.quiet{font-size:8pt}
    .figures dd{font-size:12.5pt}
    .facts{grid-template-columns:repeat(3,minmax(0,1fr));gap:4px 18px;font-size:8.5pt}
    .facts div{grid-template-columns:minmax(0,8em) minmax(0,1fr);gap:8px}
    .facts.files{grid-template-columns:repeat(2,minmax(0,1fr))}
    .facts.files div{grid-template-columns:11em minmax(0,1fr)}
    details{font-size:9pt}
    details.card{break-inside:auto}
    .scroll{overflow:visible;background:none}
    .narrow{columns:2;column-gap:30px}
    table{font-size:8.5pt}
    th,td{padding:2.5px 7px}
    footer{margin-top:14px}
    .matrix td,h1,.figures{print-color-adjust:exact;-webkit-print-color-adjust:exact}
    details::details-content{content-visibility:visible;block-size:auto}
    pre{white-space:pre-wrap}
    }
    """
}
