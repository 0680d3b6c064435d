# cores.gp - speed-up over the fewest threads: against threads, or, where there are only two thread counts, against length.
plots = ARG0[1:strlen(ARG0) - strlen("cores.gp")]
format = ARG2
output = ARG3
load ARG1
load plots . "theme.gp"

x_title = against_length ? "sequence length" : "threads"
y_title = "speed-up"
y_log = !against_length # against threads the ideal is a straight line then
page_below = 0
spread = 1.02

# `ideal` is one value against length; against threads the ideal is in proportion to them.
guide_count = against_length ? 2 : 1
guide_dash = 2
guide(k, x) = k == 2 ? 1 : against_length ? ideal : x / fewest_threads
steep_x(k) = 0.9 * y_top * fewest_threads # where the ideal leaves the panel
guide_x(k) = against_length || steep_x(k) > x_high ? 0.98 * x_high : steep_x(k)
guide_offset = 0.6
guide_text(k) = k == 2 ? "no gain" : against_length ? "ideal" : "ideal  "

load plots . "curves.gp"
unset multiplot
unset output
