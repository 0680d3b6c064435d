# roofline.gp - arithmetic done against arithmetic for each byte moved, under the roofs: one panel for each number of threads.
plots = ARG0[1:strlen(ARG0) - strlen("roofline.gp")]
format = ARG2
output = ARG3
load ARG1
load plots . "theme.gp"

x_title = "FLOP for each byte that must be moved"
y_title = "GFLOP/s"
y_log = 1
page_below = 0
spread = 1

# Line 1 is the peak, lines 2 to 5 the bandwidths of L1, L2, L3 and memory, each up to where it meets the peak.
array level_name[4] = ["L1", "L2", "L3", "memory"]
bandwidth(k) = roof_bandwidth[4 * (p - 1) + k - 1]
ridge(k) = roof_gflops[p] / bandwidth(k)
known_roof(k) = k == 1 ? roof_gflops[p] == roof_gflops[p] : bandwidth(k) == bandwidth(k)
guide_count = 5
guide_dash = 1
guide(k, x) = k == 1 ? roof_gflops[p] : x > 1.0001 * ridge(k) ? NaN : bandwidth(k) * x
guide_x(k) = k == 1 ? 0.98 * x_high : 0.9 * (ridge(k) < x_high ? ridge(k) : x_high)
guide_offset = 0.6
slope(width, height) = 180 / pi * atan2(height / log(y_high / y_low), width / log(x_high / x_low))
guide_angle(k) = k == 1 ? 0 : slope(curve_width, curve_height)
guide_text(k) = !known_roof(k) ? "" : k == 1 ? sprintf("%.3g GFLOP/s", roof_gflops[p]) \
    : sprintf("%s %.3g GB/s", level_name[k - 1], bandwidth(k))
draw_more = ', for [s in panel_lengths[p]] data index block(p, "lengths", s) using 1:2:3 \
    with labels font small_size textcolor rgb rgb(number(s)) offset 0, 0.8 notitle'

set samples 1000 # so that a line ends where it meets the peak
load plots . "curves.gp"
unset multiplot
unset output
