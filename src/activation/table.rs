//! What the table of activations is written in.

/// Makes of the table the enumeration, the way from each of its variants to its function, and the names of both.
macro_rules! activations {
    (
        $(#[$about:meta])*
        pub enum Activation {$(
            $(#[$doc:meta])*
            $variant:ident
            $({ $( $(#[$parameter_doc:meta])* $parameter:ident: f32 = $default:literal $(or $other:literal)* ),+ $(,)? })?
            [$($name:literal),+] => $function:expr;
        )+}
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[non_exhaustive]
        pub enum Activation {
            $( $(#[$doc])* $variant $({ $( $(#[$parameter_doc])* $parameter: f32 ),+ })? ),+
        }

        impl Activation {
            /// All of them, with the parameters that PyTorch takes where none are given, or ONNX where only that has
            /// the function.
            pub const ALL: &[Activation] = &[$( Activation::$variant $({ $( $parameter: $default ),+ })? ),+];

            /// Calls the visitor with the function that this is, as a type: for a loop in which nothing is asked any
            /// more. The visitor is compiled for each activation there is. See [`registers`](crate::registers).
            #[inline(always)]
            pub fn visit<V: Visitor>(self, visitor: V) -> V::Output {
                match self {
                    $( Activation::$variant $({ $( $parameter ),+ })? => visitor.visit($function) ),+
                }
            }

            /// What it is called: by simdact first, then by others.
            pub(super) const fn names(&self) -> &'static [&'static str] {
                match self {
                    $( Activation::$variant $({ $( $parameter: _ ),+ })? => &[$($name),+] ),+
                }
            }

            /// Calls `work` with each parameter, in their order, and what that is called: by simdact first, then by
            /// others.
            ///
            /// ```
            /// # use simdact::Activation;
            /// let mut activation = Activation::Hardtanh { min: -1.0, max: 1.0 };
            /// activation.each_parameter(|names, parameter| {
            ///     if names.contains(&"max_val") {
            ///         *parameter = 6.0;
            ///     }
            /// });
            /// assert_eq!(activation.to_string(), "hardtanh(-1, 6)");
            /// ```
            pub fn each_parameter(&mut self, mut work: impl FnMut(&[&str], &mut f32)) {
                match self {
                    $( Activation::$variant $({ $( $parameter ),+ })? => {
                        $($( work(&[stringify!($parameter) $(, $other)*], $parameter); )+)?
                    } )+
                }
            }
        }
    };
}

pub(super) use activations;
