"""python3 torch_steps.py: what bench/training.mjs measures, in PyTorch on the CPU; a JSON list on stdout.

The same networks with random weights, the same step: loss, gradients, clipping, SGD with momentum. Least of several rounds.
"""
import json
import math
import time

import torch
from torch import nn
from torch.nn import functional as F

ROUNDS = 4
ROUND_SECONDS = 1.5


def lenet(first, second, padding, hidden):
    side = (28 + 2 * padding - 4) // 2
    features = second * ((side - 4) // 2) ** 2
    layers = [
        nn.Conv2d(1, first, 5, padding=padding), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(first, second, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    ]
    for width in hidden:
        layers += [nn.Linear(features, width), nn.ReLU()]
        features = width
    return nn.Sequential(*layers, nn.Linear(features, 10))


class Block(nn.Module):
    """Option A: where the image is halved, the shortcut skips pixels and adds channels of zeros."""

    def __init__(self, inputs, outputs, normal):
        super().__init__()
        self.stride = 1 if inputs == outputs else 2
        self.grown = outputs - inputs
        conv = lambda i, o, s: nn.Conv2d(i, o, 3, s, 1, bias=not normal)
        norm = nn.BatchNorm2d if normal else (lambda _: nn.Identity())
        self.inner = nn.Sequential(
            conv(inputs, outputs, self.stride), norm(outputs), nn.ReLU(), conv(outputs, outputs, 1), norm(outputs)
        )

    def forward(self, x):
        side = x if self.stride == 1 else F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.grown // 2, self.grown // 2))
        return F.relu(self.inner(x) + side)


def resnet20(normal):
    widths = [16] * 4 + [32] * 3 + [64] * 3
    blocks = [Block(a, b, normal) for a, b in zip(widths, widths[1:])]
    first = [nn.Conv2d(3, 16, 3, 1, 1, bias=not normal)] + ([nn.BatchNorm2d(16)] if normal else [])
    return nn.Sequential(*first, nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return self.scale * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5))


class LlamaLayer(nn.Module):
    def __init__(self, width, heads, groups, hidden):
        super().__init__()
        self.heads, self.groups, self.head = heads, groups, width // heads
        self.before, self.after = RmsNorm(width), RmsNorm(width)
        linear = lambda i, o: nn.Linear(i, o, bias=False)
        self.q, self.o = linear(width, width), linear(width, width)
        self.k, self.v = linear(width, groups * self.head), linear(width, groups * self.head)
        self.gate, self.up, self.down = linear(width, hidden), linear(width, hidden), linear(hidden, width)

    def forward(self, x, cos, sin, mask):
        n, t, _ = x.shape
        y = self.before(x)
        split = lambda z, count: z.view(n, t, count, self.head).transpose(1, 2)
        q, k, v = split(self.q(y), self.heads), split(self.k(y), self.groups), split(self.v(y), self.groups)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        k, v = (z.repeat_interleave(self.heads // self.groups, 1) for z in (k, v))
        scores = q @ k.transpose(2, 3) / math.sqrt(self.head) + mask
        x = x + self.o((F.softmax(scores, -1) @ v).transpose(1, 2).reshape(n, t, -1))
        y = self.after(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


def rotate(x, cos, sin):
    a, b = x[..., ::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


class Llama(nn.Module):
    """llama2.c's stories260K: 5 layers of 64, 8 heads in 4 groups, 512 tokens."""

    def __init__(self, length):
        super().__init__()
        width, heads, tokens = 64, 8, 512
        self.embedding = nn.Embedding(tokens, width)
        self.layers = nn.ModuleList(LlamaLayer(width, heads, 4, 172) for _ in range(5))
        self.normal, self.output = RmsNorm(width), nn.Linear(width, tokens, bias=False)
        angles = torch.arange(length)[:, None] / 10000 ** (torch.arange(0, width // heads, 2) / (width // heads))
        self.cos, self.sin = angles.cos(), angles.sin()
        self.mask = torch.full((length, length), -math.inf).triu(1)

    def forward(self, x):
        x = self.embedding(x)
        for layer in self.layers:
            x = layer(x, self.cos, self.sin, self.mask)
        return self.output(self.normal(x)).flatten(0, 1)


def images(batch, dims):
    return torch.randn(batch, *dims), torch.randint(0, 10, (batch,))


def text(batch, length):
    tokens = torch.randint(0, 512, (batch, length + 1))
    return tokens[:, :-1], tokens[:, 1:].flatten()


CASES = [
    ("LeNet-5 (6-16-120-84)", lambda: lenet(6, 16, 2, [120, 84]), lambda n: images(n, (1, 28, 28)), [64, 128]),
    ("LeNet-5", lambda: lenet(20, 50, 0, [500]), lambda n: images(n, (1, 28, 28)), [64, 128]),
    ("ResNet-20", lambda: resnet20(False), lambda n: images(n, (3, 32, 32)), [64, 128]),
    ("ResNet-20, batch statistics", lambda: resnet20(True), lambda n: images(n, (3, 32, 32)), [64, 128]),
    ("stories260k", lambda: Llama(128), lambda n: text(n, 128), [8, 16]),
]


def least(work):
    work()
    best = math.inf
    for _ in range(ROUNDS):
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < ROUND_SECONDS:
            work()
            count += 1
        best = min(best, (time.perf_counter() - start) / count)
    return 1000 * best


def measure(name, model, x, target, batch, threads):
    torch.set_num_threads(threads)
    optimizer = torch.optim.SGD(model.parameters(), 1e-6, momentum=0.9, nesterov=True)

    def forward():
        with torch.no_grad():
            F.cross_entropy(model(x), target)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(model(x), target).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1e9)
        optimizer.step()

    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {
        "name": name, "batch": batch, "threads": threads, "parameters": parameters,
        "forwardMs": least(forward), "stepMs": least(step),
    }


if __name__ == "__main__":
    import sys

    torch.manual_seed(1)
    cores = int(sys.argv[1])
    rows = [
        measure(name, make(), *draw(batch), batch, threads)
        for name, make, draw, batches in CASES
        for batch in batches
        for threads in sorted({1, cores})
    ]
    print(json.dumps({"torch": torch.__version__, "rows": rows}))
