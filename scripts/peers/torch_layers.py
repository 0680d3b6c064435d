"""The layers in PyTorch, with the parameter names of the originals, so that a state_dict loads strictly by name.

Each layer maps (B, L, D) to (B, L, D) and has `prepare(dtype)`, which makes what depends on the weights alone. H3 and Hyena
follow their authors' code (HazyResearch/H3, HazyResearch/safari, standalone Hyena): projections, rfft and irfft of length 2L,
gates; only what they compute anew in each call, the filters, is cached by prepare, in double precision where it is not timed
and in the authors' single precision where it is.
"""

import copy
import math

import torch
from torch import nn
from torch.nn import functional as F


class Layer(nn.Module):
    fused = False  # written for torch.compile, which fuses pointwise work

    def prepare(self, dtype):
        pass


# ---------------------------------------------------------------- recurrent


class Recurrent(Layer):
    """nn.RNN, nn.LSTM or nn.GRU: one layer, batch first."""

    def __init__(self, kind, width, length, nonlinearity=None):
        super().__init__()
        more = {"nonlinearity": nonlinearity} if nonlinearity else {}
        self.layer = kind(width, width, batch_first=True, **more)

    def load_state_dict(self, state, strict=True, assign=False):
        return self.layer.load_state_dict(state, strict, assign)

    def forward(self, x):
        return self.layer(x)[0]


class StepLoop(Recurrent):
    """The loop that people write over nn.RNNCell, nn.LSTMCell, nn.GRUCell."""

    CELLS = {nn.RNN: nn.RNNCell, nn.LSTM: nn.LSTMCell, nn.GRU: nn.GRUCell}

    def __init__(self, kind, width, length, nonlinearity=None):
        super().__init__(kind, width, length, nonlinearity)
        more = {"nonlinearity": nonlinearity} if nonlinearity else {}
        self.cell = self.CELLS[kind](width, width, **more)
        self.state = 2 if kind is nn.LSTM else 1

    def prepare(self, dtype):
        self.cell.load_state_dict({name.removesuffix("_l0"): value for name, value in self.layer.state_dict().items()})

    def forward(self, x):
        zero = x.new_zeros(x.shape[0], x.shape[2])
        state, outputs = (zero, zero) if self.state == 2 else zero, []
        for step in x.unbind(1):
            state = self.cell(step, state)
            outputs.append(state[0] if self.state == 2 else state)
        return torch.stack(outputs, 1)


# ---------------------------------------------------------------- attention


class Attention(Layer):
    """The parameters of nn.MultiheadAttention; the core is `sdpa` or `naive`."""

    def __init__(self, width, length, heads, causal, position, variant):
        super().__init__()
        self.in_proj_weight, self.in_proj_bias = nn.Parameter(torch.empty(3 * width, width)), nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)
        self.heads, self.causal, self.rotary = heads, causal, position == "rotary"
        self.core = {"sdpa": self.sdpa, "naive": self.naive}[variant]
        self.length, self.width = length, width // heads
        self.scale = 1.0 / math.sqrt(self.width)

    def prepare(self, dtype):
        self.future = torch.ones(self.length, self.length, dtype=torch.bool).triu(1) if self.core == self.naive else None
        if self.rotary:
            angle = torch.arange(self.width // 2, dtype=torch.float64) * (-2.0 / self.width * math.log(10000.0))
            angle = torch.arange(self.length, dtype=torch.float64)[:, None] * angle.exp()[None]
            self.cos, self.sin = angle.cos().float().repeat(1, 2), angle.sin().float().repeat(1, 2)

    def turn(self, x):
        first, second = x.chunk(2, -1)
        return x * self.cos + torch.cat((-second, first), -1) * self.sin

    def sdpa(self, q, k, v):
        return F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)

    def naive(self, q, k, v):
        scores = torch.matmul(q * self.scale, k.transpose(-2, -1))
        if self.causal:
            scores = scores.masked_fill_(self.future, -math.inf)
        return torch.matmul(torch.softmax(scores, -1), v)

    def forward(self, x):
        B, L, D = x.shape
        projected = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = projected.view(B, L, 3, self.heads, self.width).permute(2, 0, 3, 1, 4)
        if self.rotary:
            q, k = self.turn(q), self.turn(k)
        return self.out_proj(self.core(q, k, v).transpose(1, 2).reshape(B, L, D))


# ---------------------------------------------------------------- short convolution


def taps_last(weight):
    return weight.unsqueeze(2).contiguous(memory_format=torch.channels_last)


def conv_last(x, taps, bias, groups):
    """Causal convolution of (B, L, D) with channels last, where nothing is transposed: Conv1d has no such format, so it is a
    Conv2d over a height of 1."""
    y = F.conv2d(x.transpose(1, 2).unsqueeze(2), taps, bias, padding=(0, taps.shape[3] - 1), groups=groups)
    return y.squeeze(2).transpose(1, 2)[:, : x.shape[1]]


class Conv(Layer):
    """nn.Conv1d, causal, with channels last or first."""

    def __init__(self, width, length, kernel, groups, layout):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width, width // groups, kernel))
        self.bias = nn.Parameter(torch.empty(width))
        self.groups, self.past, self.last = groups, kernel - 1, layout == "last"

    def prepare(self, dtype):
        self.taps = taps_last(self.weight)

    def forward(self, x):
        L = x.shape[1]
        if self.fused and self.groups == x.shape[2]:
            return shifted_sum(x.transpose(1, 2), self.weight, self.bias).transpose(1, 2)
        if self.last:
            return conv_last(x, self.taps, self.bias, self.groups)
        return F.conv1d(x.transpose(1, 2), self.weight, self.bias, padding=self.past, groups=self.groups)[..., :L].transpose(1, 2)


# ---------------------------------------------------------------- long convolutions


def fft_size(length):
    """The authors' 2L, or the next size without a prime factor above 7, for which there is a fast FFT."""
    n = 2 * length
    while True:
        rest = n
        for factor in (2, 3, 5, 7):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return n
        n += 2


def fft_convolve(u, spectrum, skip, length):
    """u (B, D, L), spectrum_of a kernel, skip (D): causal convolution plus u * skip."""
    n = 2 * (spectrum.shape[-1] - 1)
    y = torch.fft.irfft(torch.fft.rfft(u, n=n).mul_(spectrum), n=n, norm="forward")[..., :length]
    return y.addcmul_(u, skip[:, None])


def project_channels(weight, bias, u):
    """(B, L, I) to (B, O, L) without a transposition, as H3's authors do."""
    return torch.baddbmm(bias[:, None], weight.expand(u.shape[0], -1, -1), u.transpose(1, 2))


def shifted_sum(x, weight, bias):
    """A depthwise causal convolution of a few taps, x (B, D, L), weight (D, 1, K), that torch.compile fuses with its neighbours."""
    taps, L = weight.shape[2], x.shape[2]
    padded = F.pad(x, (taps - 1, 0))
    y = bias[:, None]
    for tap in range(taps):
        y = y + weight[:, :, tap] * padded[..., tap : tap + L]
    return y


def spectrum_of(kernel, length):
    """Divided by the FFT's size, so that the way back needs no scaling."""
    n = fft_size(length)
    return (torch.fft.rfft(kernel, n=n) / n).to(torch.complex64)


class Kernel(nn.Module):
    """A level of names: `kernel.kernel.A_imag`."""

    def __init__(self, **shapes):
        super().__init__()
        self.kernel = nn.Module()
        for name, shape in shapes.items():
            self.kernel.register_parameter(name, nn.Parameter(torch.empty(shape)))


class H3(Layer):
    """Head width 1, diagonal SSM with bilinear discretisation or zero-order hold, shift SSM; the authors' path without fused
    kernels, whose projections give (B, D, L) at once."""

    def __init__(self, width, length, d_state, disc):
        super().__init__()
        for name in ("q_proj", "k_proj", "v_proj", "output_linear"):
            setattr(self, name, nn.Linear(width, width))
        half = d_state // 2
        self.D, self.ssm_k_D = nn.Parameter(torch.empty(width)), nn.Parameter(torch.empty(width))
        self.ssm_k_kernel = Kernel(B=(width, d_state), C=(1, width, d_state))
        self.kernel = Kernel(log_dt=(width,), inv_A_real=(width, half), A_imag=(width, half), B=(width, half, 2),
                             C=(1, width, half, 2))
        self.length, self.d_state, self.bilinear = length, d_state, disc == "bilinear"

    def shift_kernel(self, dtype):
        """K[l] = sum over m of B[m] C[m + l], by FFT as the authors do it."""
        n = 2 * self.d_state
        B, C = self.ssm_k_kernel.kernel.B.to(dtype), self.ssm_k_kernel.kernel.C[0].to(dtype)
        product = torch.fft.irfft(torch.fft.rfft(C, n=n) * torch.fft.rfft(B, n=n).conj(), n=n)
        return product[:, : min(self.d_state, self.length)]

    def diagonal_kernel(self, dtype):
        """2 Re sum of C Bbar Abar^l. The authors' powers are exponentials of l times a logarithm; here of l = side * i + j, so
        that the sum is a matrix product, and L states need 2 sqrt(L) exponentials."""
        p = {name: value.to(dtype) for name, value in self.kernel.kernel.named_parameters()}
        A = torch.complex(-torch.exp(p["inv_A_real"]), p["A_imag"])
        B, C = torch.view_as_complex(p["B"]), torch.view_as_complex(p["C"][0])
        dt = torch.exp(p["log_dt"])[:, None]
        z = dt * A
        if self.bilinear:
            power, b = torch.log((1 + z / 2) / (1 - z / 2)), dt * B / (1 - z / 2)
        else:
            power, b = z, B * (torch.exp(z) - 1) / A
        side = math.isqrt(self.length - 1) + 1
        steps = torch.arange(side, dtype=dtype)
        fine, coarse = torch.exp(power[..., None] * steps), torch.exp(power[:, None] * (side * steps)[:, None])
        coarse = coarse * (2 * C * b)[:, None]
        product = torch.bmm(torch.cat((coarse.real, -coarse.imag), 2), torch.cat((fine.real, fine.imag), 1))
        return product.flatten(1)[:, : self.length]

    def prepare(self, dtype):
        self.shift = spectrum_of(self.shift_kernel(dtype), self.length)
        self.diagonal = spectrum_of(self.diagonal_kernel(dtype), self.length)

    def forward(self, u):
        q, k, v = (project_channels(layer.weight, layer.bias, u) for layer in (self.q_proj, self.k_proj, self.v_proj))
        k = fft_convolve(k, self.shift, self.ssm_k_D, self.length)
        y = fft_convolve(k * v, self.diagonal, self.D, self.length) * q
        return self.output_linear(y.transpose(1, 2))


class Sin(nn.Module):
    def __init__(self, freq):
        super().__init__()
        self.freq = freq

    def forward(self, x):
        return torch.sin(self.freq * x)


class HyenaFilter(nn.Module):
    def __init__(self, channels, l_max, width, emb_dim, inner, shift):
        super().__init__()
        freq = nn.Parameter(torch.empty(1, width))
        layers = [nn.Linear(emb_dim, width), Sin(freq)]
        for _ in range(inner):
            layers += [nn.Linear(width, width), Sin(freq)]
        self.implicit_filter = nn.Sequential(*layers, nn.Linear(width, channels, bias=False))
        self.bias = nn.Parameter(torch.empty(channels))
        self.pos_emb, self.modulation, self.decay_shift = nn.Module(), nn.Module(), shift
        self.pos_emb.register_parameter("z", nn.Parameter(torch.empty(1, l_max, emb_dim)))
        self.pos_emb.register_buffer("t", torch.empty(1, l_max, 1))
        self.modulation.register_buffer("deltas", torch.empty(1, 1, channels))

    def forward(self, length):
        h = self.implicit_filter(self.pos_emb.z[:, :length])
        return h * (torch.exp(-self.pos_emb.t[:, :length] * self.modulation.deltas.abs()) + self.decay_shift)


class Hyena(Layer):
    def __init__(self, width, length, order, l_max, filter_order, emb_dim, inner, taps, shift, layout):
        super().__init__()
        self.in_proj, self.out_proj = nn.Linear(width, (order + 1) * width), nn.Linear(width, width)
        inner_width = (order + 1) * width
        self.short_filter = nn.Conv1d(inner_width, inner_width, taps, padding=taps - 1, groups=inner_width)
        self.filter_fn = HyenaFilter((order - 1) * width, l_max, filter_order, emb_dim, inner, shift)
        self.width, self.length, self.order, self.last = width, length, order, layout == "last"

    def prepare(self, dtype):
        network = copy.deepcopy(self.filter_fn).to(dtype) if dtype is torch.float64 else self.filter_fn
        filters = network(self.length)[0].transpose(0, 1).reshape(self.order - 1, self.width, self.length)
        self.spectra = [spectrum_of(filters[i], self.length) for i in range(self.order - 1)]
        self.taps = taps_last(self.short_filter.weight) if self.last else None
        self.skips = self.filter_fn.bias.view(self.order - 1, self.width)

    def forward_last(self, u):
        """Projections and gates with channels last, so that only the long convolutions transpose."""
        L = u.shape[1]
        short = self.short_filter
        filtered = conv_last(self.in_proj(u), self.taps, short.bias, short.groups)
        *gates, v = filtered.split(self.width, 2)
        for order, gate in enumerate(reversed(gates[1:])):
            wave = (v * gate).transpose(1, 2).contiguous()
            v = fft_convolve(wave, self.spectra[order], self.skips[order], L).transpose(1, 2)
        return self.out_proj(gates[0] * v)

    def forward(self, u):
        if self.last:
            return self.forward_last(u)
        L = u.shape[1]
        projected = project_channels(self.in_proj.weight, self.in_proj.bias, u)
        short = self.short_filter
        filtered = shifted_sum(projected, short.weight, short.bias) if self.fused else short(projected)[..., :L]
        *gates, v = filtered.split(self.width, 1)
        for order, gate in enumerate(reversed(gates[1:])):
            v = fft_convolve(v * gate, self.spectra[order], self.skips[order], L)
        return self.out_proj((v * gates[0]).transpose(1, 2))


# ---------------------------------------------------------------- by name


def default_heads(width):
    heads = width // 64
    while heads > 1 and width % heads:
        heads -= 1
    return max(heads, 1)


def make(name, options, own, width, length):
    """The layer, its option words taken from `options` (a copy; what is left over is unknown)."""
    take = options.pop
    if name in ("rnn", "lstm", "gru"):
        kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[name]
        nonlinearity = take("nonlinearity", "tanh") if name == "rnn" else None
        return (StepLoop if own["loop"] == "1" else Recurrent)(kind, width, length, nonlinearity)
    if name == "attention":
        heads = int(take("heads", "0")) or default_heads(width)
        take("variant", "")
        return Attention(width, length, heads, take("causal", "1") == "1", take("position", "none"), own["variant"])
    if name == "conv":
        groups = int(take("groups", "1")) or width
        return Conv(width, length, int(take("kernel", "3")), groups, own["layout"])
    if name == "h3":
        return H3(width, length, int(take("d_state", "64")), take("disc", "bilinear"))
    if name == "hyena":
        l_max = int(take("l_max", "0")) or length
        for decided_by_tensors in ("w", "fast_decay_pct", "slow_decay_pct", "target"):
            take(decided_by_tensors, "")
        return Hyena(width, length, int(take("order", "2")), l_max, int(take("filter_order", "64")), int(take("emb_dim", "3")),
                     int(take("num_inner_mlps", "2")), int(take("short_filter_order", "3")), float(take("shift", "0")), own["layout"])
    raise KeyError(name)
