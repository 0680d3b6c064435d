# theme.gp - what all charts share: fonts, sizes, colours, dashes, symbols, and how a page begins and ends.
#
# A program NAME.gp loads its settings file (written by the program seqscale), then this, then curves.gp, bars.gp or both:
#   gnuplot -d -c plots/NAME.gp data/NAME.settings svg NAME.svg       in the folder of the charts
# Sizes are in pixels of the SVG; the PNG has two for each. Texts are drawn as they are: markup is switched off everywhere.

set encoding utf8

# ---------------------------------------------------------------- colours, dashes, symbols

# Twelve colours for operators: the palette of Okabe and Ito (2008), its yellow left out because it is too pale for a line,
# and darker ones of Paul Tol's. Neighbours also differ in lightness, so that most of them do in grey.
array palette[12] = ["#56B4E9", "#0072B2", "#009E73", "#D55E00", "#404040", "#E69F00", \
                     "#882255", "#CC79A7", "#332288", "#999933", "#8B4513", "#8C8C8C"]

# Parts of bars: pale enough for black text on them.
array part_colour[12] = [0xA6CEE3, 0xFDBF6F, 0xB2DF8A, 0xCAB2D6, 0xFB9A99, 0xFFFF99, \
                         0x80CDC1, 0xD9D9D9, 0xE5C494, 0xF4CAE4, 0xCCEBC5, 0xBDBDBD]

# Full and open symbols by colour: circle, square, triangle, diamond, triangle down, pentagon; then again, with strokes.
array full_symbol[12] = [7, 5, 9, 13, 11, 15, 3, 2, 1, 7, 5, 9]
array open_symbol[12] = [6, 4, 8, 12, 10, 14, 1, 3, 2, 6, 4, 8]

set dashtype 1 solid
set dashtype 2 (8, 3)
set dashtype 3 (2, 2.5)
set dashtype 4 (10, 3, 2, 3)
set dashtype 5 (14, 3)
set dashtype 6 (6, 2, 2, 2, 2, 2)

# Line type i is series i: its operator's colour, a dash by colour and variant, a full symbol for an operator's first
# variant and open ones for the others, the second variant's of the same shape.
dash(i) = (series_colour[i] + 2 * series_variant[i] + series_variant[i] / 3) % 6 + 1
symbol(i) = series_variant[i] == 0 ? full_symbol[series_colour[i] + 1] \
    : open_symbol[(series_colour[i] + series_variant[i] - 1) % 12 + 1]
rgb(i) = palette[series_colour[i] + 1]
faint(i) = "#80" . rgb(i)[2:7]
do for [i = 1:series_count] {
    set linetype i linecolor rgb rgb(i) dashtype dash(i) linewidth 1.5 pointtype symbol(i) pointsize 0.9
}

ink = "#202020"
soft = "#6A6A6A"
grid = "#DDDDDD"
shade = "#EEEEEE"

# ---------------------------------------------------------------- sizes

letter = 7.0   # width of a character, rounded up
header = 62    # title and subtitle
footer = 14
line_height = 18

# Angle of the text beside a guide; a program whose guides are steep lines has its own.
guide_angle(k) = 0

# A word of a list as a number; gnuplot evaluates the bodies of empty lists, too.
number(word) = strlen(word) ? word + 0 : 1

longest_name = 0
do for [i = 1:series_count] {
    if (strlen(series_name[i]) > longest_name) { longest_name = strlen(series_name[i]) }
}

# The least width of a page: both lines at its head fit.
widest(a, b) = a > b ? a : b
head_width = 28 + widest(1.35 * letter * strlen(title), 0.95 * letter * strlen(subtitle))

# Screen coordinates of a pixel; y counts from the top. page.gp needs page_width and page_height before they are used.
screen_x(pixel) = pixel / (1.0 * page_width)
screen_y(pixel) = 1.0 - pixel / (1.0 * page_height)
