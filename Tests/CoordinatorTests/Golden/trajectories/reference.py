"""Trains as a config of Isotherm says, with PyTorch in double precision: what Trainer is compared with.

Written from the papers and from what the config's keys promise: linear scaling and warmup (Goyal et al. 2017), LARS
(You et al. 2017), LAMB (You et al. 2020), Adam's square-root rule (Malladi et al. 2022), batch growth (Smith et al.
2018), averaged weights. SGD, Adam and AdamW are PyTorch's. Gradients are PyTorch's, summed over microbatches and divided by the batch's own size.
"""
import fnmatch
import math
from collections import namedtuple

import torch
import torch.nn as nn
import torch.nn.functional as F

from draws import augmented, drawn, share, shuffled

# A batch: the epoch it is in, its number, its samples' places in the epoch's order, what the rate is multiplied by.
Batch = namedtuple("Batch", "epoch step first count rate_factor")
Data = namedtuple("Data", "inputs targets test_inputs test_targets outputs")


class BatchNorm(nn.Module):
    """Batch norm that keeps the statistics of a step's microbatches until the step ends."""

    def __init__(self, channels, epsilon=1e-5, momentum=0.1, scale=True):
        super().__init__()
        self.epsilon, self.momentum = epsilon, momentum
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.weight.is_fixed = not scale
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.seen = []

    def forward(self, x):
        mean, variance = self.running_mean, self.running_var
        if self.training:
            axes = [axis for axis in range(x.dim()) if axis != 1]
            mean, variance = x.mean(axes), x.var(axes, unbiased=False)
            values = x.numel() // x.shape[1]
            unbiased = variance * values / (values - 1)
            self.seen.append((len(x), mean.detach(), unbiased.detach()))
        shape = [1, -1] + [1] * (x.dim() - 2)
        normal = (x - mean.view(shape)) / torch.sqrt(variance.view(shape) + self.epsilon)
        return normal * self.weight.view(shape) + self.bias.view(shape)

    def settle(self):
        """new = (1 - momentum) old + momentum of the microbatches' mean, each weighted by its samples."""
        samples = sum(count for count, _, _ in self.seen)
        mean = sum(count * mean for count, mean, _ in self.seen) / samples
        variance = sum(count * variance for count, _, variance in self.seen) / samples
        self.running_mean.mul_(1 - self.momentum).add_(self.momentum * mean)
        self.running_var.mul_(1 - self.momentum).add_(self.momentum * variance)
        self.seen = []


class LARS:
    """u <- m u + r (g + b w), w <- w - rate u, where r = trust |w| / (|g| + b |w|) for a tensor that decays, else 1."""

    def __init__(self, groups, lr, momentum, trust):
        self.param_groups = [dict(group, lr=lr) for group in groups]
        self.momentum, self.trust = momentum, trust
        self.state = {p: {"momentum_buffer": torch.zeros_like(p)} for group in groups for p in group["params"]}

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            decay = group["weight_decay"]
            for weights in group["params"]:
                ratio, size, slope = 1.0, weights.norm().item(), weights.grad.norm().item()
                if group["decays"] and size > 0 and slope > 0:
                    ratio = self.trust * size / (slope + decay * size)
                buffer = self.state[weights]["momentum_buffer"]
                buffer.mul_(self.momentum).add_(ratio * (weights.grad + decay * weights))
                weights.sub_(group["lr"] * buffer)


class LAMB:
    """w <- w - rate r u, where u = m' / (sqrt(v') + e) + b w with Adam's m', v', and r = |w| / |u| for a tensor that
    decays, else 1."""

    def __init__(self, groups, lr, betas, eps):
        self.param_groups = [dict(group, lr=lr) for group in groups]
        self.betas, self.epsilon, self.steps = betas, eps, 0
        self.state = {p: {"exp_avg": torch.zeros_like(p), "exp_avg_sq": torch.zeros_like(p)}
                      for group in groups for p in group["params"]}

    @torch.no_grad()
    def step(self):
        self.steps += 1
        one, two = self.betas
        for group in self.param_groups:
            for weights in group["params"]:
                mean, square = self.state[weights]["exp_avg"], self.state[weights]["exp_avg_sq"]
                mean.mul_(one).add_((1 - one) * weights.grad)
                square.mul_(two).add_((1 - two) * weights.grad ** 2)
                direction = mean / (1 - one ** self.steps) / ((square / (1 - two ** self.steps)).sqrt() + self.epsilon)
                direction += group["weight_decay"] * weights
                ratio, size, length = 1.0, weights.norm().item(), direction.norm().item()
                if group["decays"] and size > 0 and length > 0:
                    ratio = size / length
                weights.sub_(group["lr"] * ratio * direction)


class Average:
    """a <- d a + (1 - d) w after every step, over parameters and running statistics; d = min(decay, (1 + t) / (10 + t))
    behind step t, counted from 1, or decay without warmup."""

    def __init__(self, keys, model):
        self.keys, self.model, self.steps = keys, model, 0
        self.tensors = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    @torch.no_grad()
    def follow(self):
        self.steps += 1
        decay = self.keys.get("decay", 0.999)
        if self.keys.get("warmup", True):
            decay = min(decay, (1 + self.steps) / (10 + self.steps))
        for name, tensor in self.model.state_dict().items():
            self.tensors[name].mul_(decay).add_((1 - decay) * tensor)


class Lookahead:
    """Every k steps s <- d s + (1 - d) w; w <- s, with d = decay (t / T)^power behind step t of T, counted from 1."""

    def __init__(self, keys, model, total):
        self.keys, self.model, self.steps, self.total = keys, model, 0, total
        self.tensors = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    @torch.no_grad()
    def follow(self):
        self.steps += 1
        if self.steps % self.keys.get("every", 5):
            return
        decay = self.keys.get("decay", 0.5) * (self.steps / self.total) ** self.keys.get("power", 0)
        for name, tensor in self.model.state_dict().items():
            self.tensors[name].mul_(decay).add_((1 - decay) * tensor)
            tensor.copy_(self.tensors[name])


class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


def network(model, shape, outputs):
    """The modules of config.model for samples of `shape`, in double precision."""
    layers = model.get("layers")
    if layers is None:
        assert model["preset"] == "mlp"
        layers = [layer for units in model["hidden"] for layer in ({"type": "dense", "units": units}, {"type": "relu"})]
        layers.append({"type": "dense", "units": outputs})
        shape = [math.prod(shape)]
    modules, x = [], torch.zeros(2, *shape)
    for layer in layers:
        kind, bias = layer["type"], layer.get("bias", True)
        if kind == "dense":
            modules.append(nn.Linear(x.shape[1], layer["units"], bias))
        elif kind == "conv2d":
            modules.append(nn.Conv2d(x.shape[1], layer["channels"], layer["kernel"], layer.get("stride", 1),
                                     layer.get("padding", 0), bias=bias))
            modules[-1].weight.is_fixed = layer.get("init") == "whitening"
        elif kind == "batchNorm":
            modules.append(BatchNorm(x.shape[1], layer.get("epsilon", 1e-5), layer.get("momentum", 0.1),
                                     layer.get("scale", True)))
        elif kind == "maxPool":
            modules.append(nn.MaxPool2d(layer["size"]))
        elif kind == "scale":
            modules.append(Scale(layer["factor"]))
        else:
            modules.append({"relu": nn.ReLU, "gelu": nn.GELU, "flatten": nn.Flatten}[kind]())
        x = modules[-1].eval()(x)
    return nn.Sequential(*modules).train().double()


class Reference:
    """One run of a config over data."""

    def __init__(self, config, data, model):
        self.config, self.data, self.model = config, data, model
        self.count = len(data.inputs)
        self.order = self.get("data.order", "reshuffle")
        self.is_regression = self.get("loss.kind", "crossEntropy") == "meanSquaredError"
        self.norms = [m for m in model.modules() if isinstance(m, BatchNorm)]
        length = {"steps": config["steps"]} if "steps" in config else {"epochs": config.get("epochs", 10)}
        self.steps = self.steps_of(length)
        self.clipped = 0

    def get(self, path, default):
        node = self.config
        for key in path.split("."):
            if key not in node:
                return default
            node = node[key]
        return node

    # The calendar

    def batch_size(self, epoch):
        """(B, what B should be without a maximum and rounding) of an epoch."""
        goal, most = self.get("batch.size", 256), self.count
        if self.get("learningRate.decay.kind", "none") != "batch":
            return goal, goal
        decay = self.config["learningRate"]["decay"]
        growths = sum(point <= epoch for point in decay["epochs"])
        if growths == 0:
            return goal, goal
        goal *= decay.get("factor", 5) ** growths
        return min(math.floor(goal + 0.5), decay.get("maximumBatch", most), most), goal

    def steps_in(self, epoch):
        batch = self.batch_size(epoch)[0]
        keeps = self.get("data.lastBatch", "drop") == "keep" and self.order != "iid"
        return -(-self.count // batch) if keeps else self.count // batch

    def steps_of(self, span):
        """A span from the beginning of the run, in steps."""
        if "steps" in span:
            return span["steps"]
        whole = math.floor(span["epochs"])
        rest = (span["epochs"] - whole) * self.steps_in(whole)
        return sum(self.steps_in(epoch) for epoch in range(whole)) + math.floor(rest + 0.5)

    def batches(self):
        step, epoch = 0, 0
        while step < self.steps:
            size, goal = self.batch_size(epoch)
            for first in range(0, self.steps_in(epoch) * size, size):
                if step < self.steps:
                    yield Batch(epoch, step, first, min(size, self.count - first), size / goal)
                step += 1
            epoch += 1

    # The learning rate

    @property
    def ratio(self):
        return self.get("batch.size", 256) / self.get("learningRate.referenceBatch", 256)

    @property
    def is_adam(self):
        return self.get("optimizer.method", "sgd") in ("adam", "adamw", "lamb")

    def rate(self, batch):
        step = batch.step
        reference = self.get("learningRate.reference", 0.001 if self.is_adam else 0.1)
        scaling = self.get("learningRate.scaling", "sqrt" if self.is_adam else "linear")
        scaled = reference * {"linear": self.ratio, "sqrt": self.ratio ** 0.5, "none": 1}[scaling]
        kind = self.get("learningRate.warmup.kind", "gradual")
        if kind == "ramp":
            keys = self.config["learningRate"]["warmup"]
            start, warmup = keys.get("start", 0.2), math.floor(keys.get("share", 0.2) * self.steps)
            rising = start + (1 - start) * step / warmup if step < warmup else 1
            return scaled * rising * self.decay(step, warmup) * batch.rate_factor
        warmup = 0
        if kind != "none" and scaled > reference:
            span = self.get("learningRate.warmup", {})
            warmup = self.steps_of(span if {"steps", "epochs"} & set(span) else {"epochs": 5})
        rate = scaled
        if step < warmup:
            rate = reference if kind == "constant" else reference + (scaled - reference) * step / warmup
        return rate * self.decay(step, warmup) * batch.rate_factor

    def decay(self, step, warmup):
        decay = self.get("learningRate.decay", {"kind": "none"})
        progress = max(0, step - warmup) / max(1, self.steps - warmup)
        if decay["kind"] == "cosine":
            return (1 + math.cos(math.pi * progress)) / 2
        if decay["kind"] == "polynomial":
            floor = decay.get("floor", 0)
            return floor + (1 - floor) * (1 - progress) ** decay.get("power", 1)
        if decay["kind"] == "step":
            unit = "steps" if "steps" in decay else "epochs"
            return decay.get("factor", 0.1) ** sum(self.steps_of({unit: point}) <= step for point in decay[unit])
        return 1

    # Samples and gradients

    def samples(self, batch):
        """Inputs and targets of a batch, augmented."""
        seed, augmentations = self.get("seed", 1), self.get("data.augment", [])
        places = range(batch.first, batch.first + batch.count)
        if self.order == "reshuffle":
            order = shuffled(seed, batch.epoch, self.count)
            chosen = [order[place] for place in places]
        elif self.order == "iid":
            chosen = [drawn(seed, batch.step, index, self.count) for index in range(batch.count)]
        else:
            chosen = list(places)
        keys = [(batch.step, index) if self.order == "iid" else (batch.epoch, sample)
                for index, sample in enumerate(chosen)]
        inputs = torch.stack([augmented(self.data.inputs[sample], augmentations, seed, key)
                              for sample, key in zip(chosen, keys)])
        targets = self.data.targets[chosen]
        if augmentations and augmentations[-1]["type"] == "mixup":
            # Each with the sample before it, the first with the last.
            shares = torch.tensor([share(augmentations[-1]["alpha"], seed, key, len(augmentations) - 1) for key in keys],
                                  dtype=inputs.dtype)
            rows, one_hot = shares.view(-1, *[1] * (inputs.dim() - 1)), F.one_hot(targets, 5).to(inputs.dtype)
            inputs = rows * inputs + (1 - rows) * inputs.roll(1, 0)
            targets = shares.view(-1, 1) * one_hot + (1 - shares.view(-1, 1)) * one_hot.roll(1, 0)
        return inputs, targets

    def loss(self, inputs, targets, smoothing=0.0):
        """Sum over samples."""
        outputs = self.outputs(inputs)
        return self.loss_of(outputs, targets, smoothing), outputs

    def outputs(self, inputs):
        # A dense layer takes an image as a row of numbers.
        return self.model(inputs.flatten(1) if isinstance(self.model[0], nn.Linear) else inputs)

    def loss_of(self, outputs, targets, smoothing=0.0):
        if self.is_regression:
            return ((outputs - targets) ** 2).mean(1).sum()
        return F.cross_entropy(outputs, targets, label_smoothing=smoothing, reduction="sum")

    def gradient(self, batch):
        """Leaves the gradient of the batch's mean loss in the parameters; returns that loss."""
        inputs, targets = self.samples(batch)
        parts = 1
        if self.norms:
            # Microbatches decide what batch norm sees: as few as n allows, of equal size but for one sample.
            parts = -(-batch.count // self.get("batch.microbatch", 32))
        for parameter in self.model.parameters():
            parameter.grad = None
        total = 0.0
        for part in range(parts):
            own = slice(part * batch.count // parts, (part + 1) * batch.count // parts)
            loss, _ = self.loss(inputs[own], targets[own], self.get("loss.labelSmoothing", 0.0))
            (loss / batch.count).backward()
            total += loss.item() / batch.count
        return total

    def leave_out(self, batch):
        """A parameter without gradient is passed over by PyTorch's optimizers: one that is trained no longer."""
        groups = self.get("optimizer.groups", [])
        for name, parameter in self.model.named_parameters():
            number = self.group(name)
            epochs = groups[number].get("trainEpochs") if number < len(groups) else None
            if epochs is not None and batch.step >= self.steps_of({"epochs": epochs}):
                parameter.grad = None

    def clip(self):
        most = self.get("optimizer.clipNorm", None)
        gradients = [parameter.grad for parameter in self.model.parameters() if parameter.grad is not None]
        norm = math.sqrt(sum((gradient ** 2).sum().item() for gradient in gradients))
        if most is not None and norm > most:
            self.clipped += 1
            for gradient in gradients:
                gradient.mul_(most / norm)

    @staticmethod
    def chosen(patterns, name):
        """Whether the last of the patterns that matches a name chooses it."""
        matching = [pattern for pattern in patterns if fnmatch.fnmatchcase(name, pattern.lstrip("!"))]
        return bool(matching) and not matching[-1].startswith("!")

    def group(self, name):
        """The number of a parameter's group; behind the last for those in none."""
        groups = self.get("optimizer.groups", [])
        own = [number for number, keys in enumerate(groups) if self.chosen(keys["tensors"], name)]
        return own[0] if own else len(groups)

    def optimizer(self):
        """Weights of dense layers and convolutions decay; biases and batch norm's tensors do not."""
        decay = self.get("optimizer.weightDecay", 0)
        groups = []
        for number, keys in enumerate(self.get("optimizer.groups", []) + [{"weightDecay": decay}]):
            for decays in (True, False):
                own = [p for name, p in self.model.named_parameters()
                       if p.requires_grad and self.group(name) == number
                       and (p.dim() > 1 or keys.get("decayBiases", False)) == decays]
                groups.append({"params": own, "weight_decay": keys.get("weightDecay", decay) if decays else 0,
                               "decays": decays, "factor": keys.get("rate", 1)})
        groups = [group for group in groups if group["params"]]
        method, momentum = self.get("optimizer.method", "sgd"), self.get("optimizer.momentum", 0.9)
        if method == "lars":
            return LARS(groups, 1.0, momentum, self.get("optimizer.trust", 0.001))
        if method == "sgd":
            return torch.optim.SGD(groups, lr=1.0, momentum=momentum, nesterov=self.get("optimizer.nesterov", False))
        betas = [self.get("optimizer.beta1", 0.9), self.get("optimizer.beta2", 0.999)]
        epsilon = self.get("optimizer.epsilon", 1e-6 if method == "lamb" else 1e-8)
        if self.get("optimizer.scaleWithBatch", False):
            betas = [1 - self.ratio * (1 - beta) for beta in betas]
            epsilon /= math.sqrt(self.ratio)
        rule = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "lamb": LAMB}[method]
        return rule(groups, lr=1.0, betas=tuple(betas), eps=epsilon)

    # The run

    def train(self):
        """Takes all steps; returns what each was, and how the run ended."""
        for name, parameter in self.model.named_parameters():
            is_fixed = getattr(parameter, "is_fixed", False)
            parameter.requires_grad_(not is_fixed and not self.chosen(self.get("optimizer.freeze", []), name))
        optimizer = self.optimizer()
        keys, ahead = self.get("optimizer.average", None), self.get("optimizer.lookahead", None)
        average = None if keys is None else Average(keys, self.model)
        if ahead is not None:
            average = Lookahead(ahead, self.model, self.steps)
        losses, rates, sizes, epoch_losses = [], [], [], []
        for batch in self.batches():
            if batch.first == 0:
                epoch_losses = []
            loss = self.gradient(batch)
            self.leave_out(batch)
            self.clip()
            for group in optimizer.param_groups:
                group["lr"] = self.rate(batch) * group["factor"]
            optimizer.step()
            for norm in self.norms:
                norm.settle()
            if average:
                average.follow()
            losses.append(loss)
            rates.append(self.rate(batch))
            sizes.append(batch.count)
            epoch_losses.append((loss, batch.count))
        train_loss = sum(loss * count for loss, count in epoch_losses) / sum(count for _, count in epoch_losses)
        result = {"losses": losses, "learningRates": rates, "batches": sizes, "trainLoss": train_loss}
        # Averaged weights are what is measured, and bear the plain names.
        tensors = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        if average:
            self.model.load_state_dict(average.tensors)
            tensors = {f"raw.{name}": tensor for name, tensor in tensors.items()} | average.tensors
        return result | self.test(), tensors | self.state(optimizer)

    @torch.no_grad()
    def test(self):
        self.model.eval()
        outputs = sum(weight * self.outputs(view) for view, weight in self.views())
        loss = self.loss_of(outputs, self.data.test_targets)
        self.model.train()
        result = {"testLoss": loss.item() / len(outputs)}
        if not self.is_regression:
            result["testAccuracy"] = (outputs.argmax(1) == self.data.test_targets).double().mean().item()
        return result

    def views(self):
        """What the network is shown of the test images, with weights that add up to 1."""
        inputs, keys = self.data.test_inputs, self.get("evaluate.views", None)
        if keys is None:
            return [(inputs, 1)]
        shifts = keys.get("shifts", [])
        share = keys.get("shiftWeight", 0.5) if shifts else 0
        shown = [(inputs, 1 - share)]
        for down, right in shifts:
            most = max(abs(down), abs(right))
            padded = F.pad(inputs, (most,) * 4, "reflect")
            top, left, (height, width) = most - down, most - right, inputs.shape[2:]
            shown.append((padded[:, :, top:top + height, left:left + width], share / len(shifts)))
        if keys.get("mirror", True):
            shown = [(view, weight / 2) for view, weight in shown] + [
                (view.flip(-1), weight / 2) for view, weight in shown]
        return shown

    def state(self, optimizer):
        """The optimizer's vectors under the names of a checkpoint."""
        names = {"momentum_buffer": "momentum", "exp_avg": "adam.firstMoment", "exp_avg_sq": "adam.secondMoment"}
        kept = {name: {key: vector for key, vector in optimizer.state.get(parameter, {}).items()
                       if key in names and vector is not None} for name, parameter in self.model.named_parameters()}
        keys = {key for vectors in kept.values() for key in vectors}
        # Frozen parameters have no vectors in PyTorch, and zeros in a checkpoint.
        return {f"{names[key]}.{name}": kept[name].get(key, torch.zeros_like(parameter))
                for name, parameter in self.model.named_parameters() for key in keys}
