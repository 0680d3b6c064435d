# speed.gp - how many times as fast as one operator, at the same length and threads; above the line is faster.
plots = ARG0[1:strlen(ARG0) - strlen("speed.gp")]
format = ARG2
output = ARG3
load ARG1
load plots . "theme.gp"

x_title = "sequence length"
y_title = "slower     ←     times as fast     →     faster"
y_log = 1
page_below = 0
spread = 1

guide_count = 1
guide_dash = 1
guide(k, x) = ideal
guide_x(k) = 0.98 * x_high
guide_offset = 0.6
guide_text(k) = ""

load plots . "curves.gp"
unset multiplot
unset output
