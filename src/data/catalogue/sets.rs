//! The PUBLIC_SETS table: one row for each set. Sizes and hashes are those that the sets'
//! pages and widely used loaders publish; a row without a published hash does not stand here.

use super::{Hash, PublicSet, Remote, arrange};
use crate::data::Modality;

/// All public sets, images first.
pub static PUBLIC_SETS: &[PublicSet] = &[
    PublicSet {
        name: "mnist",
        title: "MNIST",
        about: "70 000 grey pictures of handwritten digits, 28 x 28 pixels, 10 classes",
        modality: Modality::Image,
        licence: "CC BY-SA 3.0, as the documentation of Keras states it",
        citation: "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition. Proceedings of the IEEE 86(11), 1998",
        page: "http://yann.lecun.com/exdb/mnist/",
        files: &[
            Remote {
                name: "train-images-idx3-ubyte.gz",
                addresses: &[
                    "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz",
                    "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
                ],
                bytes: Some(9_912_422),
                hash: Hash::Sha256("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            },
            Remote {
                name: "train-labels-idx1-ubyte.gz",
                addresses: &[
                    "https://storage.googleapis.com/cvdf-datasets/mnist/train-labels-idx1-ubyte.gz",
                    "https://ossci-datasets.s3.amazonaws.com/mnist/train-labels-idx1-ubyte.gz",
                ],
                bytes: Some(28_881),
                hash: Hash::Sha256("3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            },
            Remote {
                name: "t10k-images-idx3-ubyte.gz",
                addresses: &[
                    "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-images-idx3-ubyte.gz",
                    "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz",
                ],
                bytes: Some(1_648_877),
                hash: Hash::Sha256("8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            },
            Remote {
                name: "t10k-labels-idx1-ubyte.gz",
                addresses: &[
                    "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz",
                    "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz",
                ],
                bytes: Some(4_542),
                hash: Hash::Sha256("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
            },
        ],
        arrange: arrange::keep,
    },
    PublicSet {
        name: "fashion-mnist",
        title: "Fashion-MNIST",
        about: "70 000 grey pictures of clothes, 28 x 28 pixels, 10 classes",
        modality: Modality::Image,
        licence: "MIT",
        citation: "H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms. arXiv:1708.07747, 2017",
        page: "https://github.com/zalandoresearch/fashion-mnist",
        files: &[
            Remote {
                name: "train-images-idx3-ubyte.gz",
                addresses: &[
                    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz",
                ],
                bytes: Some(26_421_880),
                hash: Hash::Sha256("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            },
            Remote {
                name: "train-labels-idx1-ubyte.gz",
                addresses: &[
                    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-labels-idx1-ubyte.gz",
                ],
                bytes: Some(29_515),
                hash: Hash::Sha256("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            },
            Remote {
                name: "t10k-images-idx3-ubyte.gz",
                addresses: &[
                    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-images-idx3-ubyte.gz",
                ],
                bytes: Some(4_422_102),
                hash: Hash::Sha256("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            },
            Remote {
                name: "t10k-labels-idx1-ubyte.gz",
                addresses: &[
                    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz",
                ],
                bytes: Some(5_148),
                hash: Hash::Sha256("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
            },
        ],
        arrange: arrange::keep,
    },
    PublicSet {
        name: "cifar10",
        title: "CIFAR-10",
        about: "60 000 colour pictures of animals and vehicles, 32 x 32 pixels, 10 classes",
        modality: Modality::Image,
        licence: "not stated",
        citation: "A. Krizhevsky: Learning multiple layers of features from tiny images. Technical report, University of Toronto, 2009",
        page: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: &[Remote {
            name: "cifar-10-binary.tar.gz",
            addresses: &["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
            bytes: Some(170_052_171),
            hash: Hash::Sha256("c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
        }],
        arrange: arrange::cifar10,
    },
    PublicSet {
        name: "cifar100",
        title: "CIFAR-100",
        about: "60 000 colour pictures, 32 x 32 pixels, 100 classes",
        modality: Modality::Image,
        licence: "not stated",
        citation: "A. Krizhevsky: Learning multiple layers of features from tiny images. Technical report, University of Toronto, 2009",
        page: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: &[Remote {
            name: "cifar-100-binary.tar.gz",
            addresses: &["https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"],
            bytes: Some(168_513_733),
            hash: Hash::Sha256("58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),
        }],
        arrange: arrange::cifar100,
    },
    PublicSet {
        name: "ag-news",
        title: "AG News",
        about: "127 600 English news items with title and description, 4 topics",
        modality: Modality::Text,
        licence: "research and other non-commercial use, as its readme states",
        citation: "X. Zhang, J. Zhao, Y. LeCun: Character-level convolutional networks for text classification. NIPS 2015",
        page: "http://groups.di.unipi.it/~gulli/AG_corpus_of_news_articles.html",
        files: &[
            Remote {
                name: "train.csv",
                addresses: &[
                    "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/train.csv",
                ],
                bytes: Some(29_470_338),
                hash: Hash::Md5("b1a00f826fdfbd249f79597b59e1dc12"),
            },
            Remote {
                name: "test.csv",
                addresses: &[
                    "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/test.csv",
                ],
                bytes: Some(1_857_427),
                hash: Hash::Md5("d52ea96a97a2d943681189a97654912d"),
            },
        ],
        arrange: arrange::ag_news,
    },
    PublicSet {
        name: "imdb",
        title: "IMDB reviews",
        about: "50 000 English film reviews, positive or negative",
        modality: Modality::Text,
        licence: "not stated; its authors ask to be cited",
        citation: "A. Maas, R. Daly, P. Pham, D. Huang, A. Ng, C. Potts: Learning word vectors for sentiment analysis. ACL 2011",
        page: "http://ai.stanford.edu/~amaas/data/sentiment/",
        files: &[Remote {
            name: "aclImdb_v1.tar.gz",
            addresses: &["http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"],
            bytes: Some(84_125_825),
            hash: Hash::Sha256("c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"),
        }],
        arrange: arrange::imdb,
    },
    PublicSet {
        name: "sst2",
        title: "SST-2",
        about: "68 221 English phrases from film reviews, positive or negative; training and validation, as the test labels are not public",
        modality: Modality::Text,
        licence: "not stated",
        citation: "R. Socher et al.: Recursive deep models for semantic compositionality over a sentiment treebank. EMNLP 2013; A. Wang et al.: GLUE. ICLR 2019",
        page: "https://nlp.stanford.edu/sentiment/",
        files: &[Remote {
            name: "SST-2.zip",
            addresses: &["https://dl.fbaipublicfiles.com/glue/data/SST-2.zip"],
            bytes: Some(7_439_277),
            hash: Hash::Sha256("d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa"),
        }],
        arrange: arrange::sst2,
    },
    PublicSet {
        name: "chnsenticorp",
        title: "ChnSentiCorp",
        about: "Chinese reviews of hotels, laptops and books, positive or negative; training and validation, as the test file has no labels",
        modality: Modality::Text,
        licence: "not stated",
        citation: "S. Tan, J. Zhang: An empirical study of sentiment analysis for Chinese documents. Expert Systems with Applications 34(4), 2008",
        page: "https://www.luge.ai/#/luge/dataDetail?id=25",
        files: &[Remote {
            name: "ChnSentiCorp.zip",
            addresses: &["https://bj.bcebos.com/paddlenlp/datasets/ChnSentiCorp.zip"],
            bytes: None,
            hash: Hash::Md5("7ef61b08ad10fbddf2ba97613f071561"),
        }],
        arrange: arrange::chnsenticorp,
    },
];
