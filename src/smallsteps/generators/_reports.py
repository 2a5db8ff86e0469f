"""The words of synthetic PET reports, in English and in Chinese. No patient's words: everything here is made up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The phrases of one language.

    `places`: where lesions are. `lesions`: what they are. `abnormal`: a finding, with `{place} {lesion} {size} {suv}`.
    `normal`: for each organ what is said where nothing is found. `grades`: what an uptake means, from harmless to
    worst, at the `BOUNDS`. `piece`: a lesion in the impression, with `{grade}`. `elsewhere`: what closes an
    impression by the number of the worst lesions: none, one, several. `judging`, `closing`: how the rule-based
    teacher says so.
    """

    places: tuple[str, ...]
    lesions: tuple[str, ...]
    abnormal: tuple[str, ...]
    normal: tuple[str, ...]
    grades: tuple[str, str, str]
    piece: str
    elsewhere: tuple[str, str, str]
    judging: tuple[str, ...]
    closing: tuple[str, ...]
    saying: tuple[str, ...]
    gap: str


BOUNDS = (2.5, 5.0)
"""SUVmax: below the first an uptake is harmless, from the second on it is the worst."""

ENGLISH = Words(
    places=(
        "right upper lobe of the lung", "left lower lobe of the lung", "left lobe of the liver",
        "right lobe of the liver", "head of the pancreas", "left adrenal gland", "right kidney",
        "sigmoid colon", "mediastinum", "left axilla", "right femur",
        "third lumbar vertebra", "left lobe of the thyroid", "stomach wall",
    ),
    lesions=("nodule", "mass", "lesion", "focus"),
    abnormal=(
        "A {lesion} of {size} mm is seen in the {place}, with an SUVmax of {suv}.",
        "In the {place} there is a {lesion}, {size} mm across, SUVmax {suv}.",
        "The {place} shows a {lesion} that measures {size} mm and has an SUVmax of {suv}.",
    ),
    normal=(
        "The brain shows normal symmetric uptake.", "The heart is normal in size and shape.",
        "The spleen is unremarkable.", "The gallbladder is normal, without abnormal uptake.",
        "No abnormal uptake is seen in the bladder.", "The trachea is normal.",
        "The oesophagus is unremarkable, without abnormal uptake.", "No enlarged lymph nodes are seen in the neck.",
        "The pelvis shows no abnormal uptake.", "The skin is normal.",
    ),
    grades=("considered benign", "likely inflammatory", "suspicious for malignancy"),
    piece="{lesion} in the {place}, {size} mm, {grade}",
    elsewhere=(
        "No sign of malignancy in the rest of the body",
        "Malignant disease at a single site is to be excluded by biopsy",
        "Malignant disease with several sites is likely",
    ),
    judging=(
        "An SUVmax of {0} in the {place} means {y}.", "With an SUVmax of {0} the {lesion} in the {place} is {y}.",
        "The uptake of the {place} reaches {0}, so it is {y}.", "The {place} has {0}, hence {y}.",
    ),
    closing=("All in all: {y}.", "Taken together: {y}.", "Conclusion: {y}.", "For the whole body this means: {y}."),
    saying=("The impression is: {y}.", "We report: {y}.", "In short: {y}.", "The report ends: {y}."),
    gap=" ",
)  # fmt: skip

CHINESE = Words(
    places=("右肺上叶", "左肺下叶", "肝左叶", "肝右叶", "胰头", "左侧肾上腺", "右肾", "乙状结肠", "纵隔", "左侧腋窝",
            "右侧股骨", "第三腰椎", "甲状腺左叶", "胃壁"),
    lesions=("结节", "肿块", "病灶", "占位"),
    abnormal=("{place}见一{lesion}，大小约{size}毫米，SUVmax约{suv}。",
              "{place}可见{lesion}影，径约{size}毫米，放射性浓聚，SUVmax为{suv}。"),
    normal=("脑实质放射性分布对称，未见异常。", "心脏大小形态正常。", "脾脏大小正常，未见异常。", "胆囊未见异常。",
            "膀胱未见异常摄取。",
            "气管通畅，未见异常。", "食管未见异常摄取。", "颈部未见肿大淋巴结。", "盆腔未见异常。", "皮肤未见异常。"),
    grades=("考虑良性", "考虑炎性", "考虑恶性"),
    piece="{place}{lesion}，约{size}毫米，{grade}",
    elsewhere=("全身其余部位未见恶性征象", "单发恶性病变可能，建议活检除外", "多发恶性病变可能性大"),
    judging=("{place}SUVmax为{0}，{y}。", "{place}{lesion}摄取值{0}，故{y}。", "摄取值达{0}，因此{place}{y}。",
             "{place}为{0}，{y}。"),
    closing=("综上，{y}。", "总体而言，{y}。", "因此{y}。", "全身来看，{y}。"),
    saying=("印象：{y}。", "报告：{y}。", "结论：{y}。", "诊断意见：{y}。"),
    gap="",
)  # fmt: skip
