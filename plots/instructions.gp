# instructions.gp - counted instructions of a call against the sequence length.
plots = ARG0[1:strlen(ARG0) - strlen("instructions.gp")]
format = ARG2
output = ARG3
load ARG1
load plots . "theme.gp"

x_title = "sequence length"
y_title = "instructions per call"
y_log = 1
page_below = 0
spread = 1

# Slopes to compare with: in proportion to n and to n^2, from the lower left corner.
guide_count = 2
guide_dash = 1
guide_end(k) = x_low * (y_top / y_low) ** (1.0 / k)
guide(k, x) = x > 1.0001 * guide_end(k) ? NaN : y_low * (x / x_low) ** k
guide_x(k) = guide_end(k) < x_high ? guide_end(k) : 0.98 * x_high
guide_offset = -0.8
guide_text(k) = (k == 1 ? "∝ n" : "∝ n²") . (guide_end(k) < x_high ? "     " : "") # clear of a steep line

load plots . "curves.gp"
unset multiplot
unset output
