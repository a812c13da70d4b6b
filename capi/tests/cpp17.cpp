// The library from C++17: the header as it is, and what a user would wrap around it.
#include "check.h"

#include <cmath>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

int failures;

namespace {

static_assert(std::is_trivial_v<simdact_activation> && std::is_standard_layout_v<simdact_activation>);
static_assert(std::is_trivial_v<simdact_kernels> && std::is_trivial_v<simdact_axis>);

void check(simdact_status status) {
  if (status != SIMDACT_STATUS_OK) throw std::runtime_error(simdact_last_error());
}

class Activation {
 public:
  explicit Activation(const std::string& name) { check(simdact_activation_parse(name.c_str(), &activation_)); }

  std::string name() const {
    char name[64];
    check(simdact_activation_name(&activation_, name, sizeof name));
    return name;
  }

  class Layer;

  std::vector<float> operator()(const std::vector<float>& x) const {
    std::vector<float> y(x.size());
    check(simdact_apply(&activation_, x.data(), y.data(), x.size(), nullptr));
    return y;
  }

 private:
  simdact_activation activation_{};
};

// What a training loop has: in place, and it keeps what the gradient is computed from.
class Activation::Layer {
 public:
  explicit Layer(const Activation& function) : function_(function.activation_) {
    simdact_saves saves{};
    check(simdact_activation_saves(&function_, &saves));
    saves_input_ = saves == SIMDACT_SAVES_INPUT;
  }

  std::vector<float> forward(std::vector<float> x) {
    if (saves_input_) saved_ = x;
    check(simdact_apply(&function_, x.data(), x.data(), x.size(), &kernels_));
    if (!saves_input_) saved_ = x;
    return x;
  }

  std::vector<float> backward(std::vector<float> dy) const {
    if (dy.size() != saved_.size()) throw std::length_error("dy");
    check(simdact_backward(&function_, saved_.data(), dy.data(), dy.data(), dy.size(), &kernels_));
    return dy;
  }

 private:
  simdact_activation function_;
  simdact_kernels kernels_{};
  std::vector<float> saved_;
  bool saves_input_{};
};

void wrapped() {
  const Activation relu("ReLU");
  CHECK(relu.name() == "relu");
  CHECK((relu({-1.0F, 0.0F, 2.0F}) == std::vector<float>{0.0F, 0.0F, 2.0F}));
  CHECK(relu({}).empty());
  try {
    const Activation none("rellu");
    CHECK(false);
  } catch (const std::runtime_error& error) {
    CHECK(std::string(error.what()).find("near it are relu") != std::string::npos);
  }
}

// The gradient is the slope of the function, whichever array it is computed from.
void gradients() {
  for (const char* name : {"tanh", "gelu", "silu", "softplus(2)", "elu", "mish", "snake(0.5)", "leaky_relu(0.25)"}) {
    Activation::Layer layer{Activation(name)};
    const std::vector<float> x{-3.0F, -0.5F, 0.25F, 2.0F};
    const float h = 1.0F / 256;
    std::vector<float> above(x), below(x);
    for (float& value : above) value += h;
    for (float& value : below) value -= h;
    above = layer.forward(above);
    below = layer.forward(below);
    layer.forward(x);
    const std::vector<float> dx = layer.backward(std::vector<float>(x.size(), 2.0F));
    for (std::size_t i = 0; i < x.size(); i++) CHECK(std::fabs(dx[i] - (above[i] - below[i]) / h) < 1e-3F);
  }
}

void rows() {
  std::vector<float> x{1.0F, 1.0F, 0.0F, 0.0F, -1000.0F, 1000.0F};
  check(simdact_softmax(x.data(), x.data(), x.size(), simdact_axis{2, 1}, nullptr));
  CHECK((x == std::vector<float>{0.5F, 0.5F, 0.5F, 0.5F, 0.0F, 1.0F}));
  std::vector<float> y(3);
  std::vector<std::uint32_t> index(3);
  check(simdact_maxout_axis(x.data(), x.size(), simdact_axis{2, 1}, y.data(), index.data(), y.size(), nullptr));
  CHECK((y == std::vector<float>{0.5F, 0.5F, 1.0F}) && (index == std::vector<std::uint32_t>{0, 0, 1}));
}

// Enumerations go into the structures without a cast; the threads of several callers get the same bits.
void kernels() {
  simdact_kernels scalar{};
  scalar.backend = SIMDACT_BACKEND_SCALAR;
  scalar.accuracy = SIMDACT_ACCURACY_FAITHFUL;
  scalar.serial = 1;
  const simdact_activation mish{SIMDACT_KIND_MISH, {}};
  std::vector<float> x(1001), expected(x.size());
  for (std::size_t i = 0; i < x.size(); i++) x[i] = static_cast<float>(i) / 64 - 8;
  check(simdact_apply(&mish, x.data(), expected.data(), x.size(), &scalar));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([&] {
      std::vector<float> y(x.size());
      CHECK(simdact_apply(&mish, x.data(), y.data(), x.size(), nullptr) == SIMDACT_STATUS_OK);
      CHECK(y == expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

int main() {
  CHECK(std::string(simdact_version()) == VERSION);
  wrapped();
  gradients();
  rows();
  kernels();
  if (failures == 0) std::puts("C++17: all as it should be");
  return failures != 0;
}
